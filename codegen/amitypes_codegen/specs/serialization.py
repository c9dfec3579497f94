"""A `Spec` as the JSON of ``specs/asterisk-<branch>.json``, and back.

The JSON is normalised, so that its diff shows changes in Asterisk's documentation and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.specs.json_files import (
    FORMAT,
    Json,
    JsonObject,
    as_integer,
    as_list,
    as_object,
    as_objects,
    as_optional_string,
    as_string,
    as_strings,
    to_text,
    validated,
)
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    Event,
    EventInstance,
    Parameter,
    Reference,
    Responses,
    Snapshot,
    Spec,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def dump_spec(spec: Spec) -> str:
    """Writes a spec as JSON: sorted, indented, defaults left out; the same text for the same spec.

    Args:
        spec: The spec.

    Returns:
        The text, with a newline at its end.
    """
    return to_text(
        {
            "format": FORMAT,
            "branch": spec.branch,
            "release": spec.release,
            "ami_version": spec.ami_version,
            "actions": {name: _dump_action(action) for name, action in sorted(spec.actions.items())},
            "events": {name: _dump_event(event) for name, event in sorted(spec.events.items())},
        }
    )


def parse_spec(text: str, *, path: Path | str = "spec") -> Spec:
    """Reads a spec from JSON.

    Args:
        text: The JSON, as `dump_spec` writes it.
        path: The file that the text is from, for error messages; default: ``spec``.

    Returns:
        The spec.

    Raises:
        SpecFileError: If it isn't JSON or doesn't fit the schema; the message names the JSON path.
    """
    document = validated(text, "spec", path)
    return Spec(
        branch=as_integer(document["branch"]),
        release=as_string(document["release"]),
        ami_version=as_string(document["ami_version"]),
        actions={
            name: _parse_action(name, as_object(value))
            for name, value in sorted(as_object(document["actions"]).items())
        },
        events={
            name: _parse_event(name, as_object(value)) for name, value in sorted(as_object(document["events"]).items())
        },
    )


def _without_defaults(**members: Json) -> JsonObject:
    """An object without members that are false, None or empty."""
    return {key: value for key, value in members.items() if value}


def _list(values: Iterable[str]) -> Json:
    return list(values)


def _dump_action(action: Action) -> Json:
    members = _without_defaults(
        modules=_list(action.modules),
        since=_list(action.since),
        synopsis=action.synopsis,
        syntax=[_dump_parameter(parameter) for parameter in action.syntax],
    )
    if action.responses is not None:
        members["responses"] = _without_defaults(
            items=_list(action.responses.items), events=_list(action.responses.events)
        )
    return members | _without_defaults(see_also=_dump_see_also(action.see_also))


def _dump_event(event: Event) -> Json:
    return _without_defaults(nested=event.nested, instances=[_dump_instance(instance) for instance in event.instances])


def _dump_instance(instance: EventInstance) -> Json:
    return _without_defaults(
        module=instance.module,
        privileges=_list(instance.privileges),
        since=_list(instance.since),
        synopsis=instance.synopsis,
        syntax=[
            _dump_parameter(entry) if isinstance(entry, Parameter) else _dump_snapshot(entry)
            for entry in instance.syntax
        ],
        see_also=_dump_see_also(instance.see_also),
    )


def _dump_parameter(parameter: Parameter) -> Json:
    return _without_defaults(
        name=parameter.name,
        required=parameter.required,
        default=parameter.default,
        multiple=parameter.multiple,
        separator=parameter.separator,
        values=_dump_values(parameter.values),
        parameters=[_dump_parameter(nested) for nested in parameter.parameters],
    )


def _dump_values(values: Iterable[EnumValue]) -> Json:
    return [
        {"name": value.name, "values": _dump_values(value.values)} if value.values else value.name for value in values
    ]


def _dump_snapshot(snapshot: Snapshot) -> Json:
    return _without_defaults(snapshot=snapshot.kind, prefix=snapshot.prefix)


def _dump_see_also(references: Iterable[Reference]) -> Json:
    return [
        _without_defaults(type=reference.type, name=reference.name, module=reference.module) for reference in references
    ]


def _parse_action(name: str, members: JsonObject) -> Action:
    responses = members.get("responses")
    return Action(
        name=name,
        modules=as_strings(members.get("modules")),
        since=as_strings(members.get("since")),
        synopsis=bool(members.get("synopsis")),
        syntax=tuple(_parse_parameter(entry) for entry in as_objects(members.get("syntax"))),
        responses=None
        if responses is None
        else Responses(
            items=as_strings(as_object(responses).get("items")), events=as_strings(as_object(responses).get("events"))
        ),
        see_also=_parse_see_also(members),
    )


def _parse_event(name: str, members: JsonObject) -> Event:
    return Event(
        name=name,
        instances=tuple(_parse_instance(entry) for entry in as_objects(members["instances"])),
        nested=bool(members.get("nested")),
    )


def _parse_instance(members: JsonObject) -> EventInstance:
    return EventInstance(
        module=as_optional_string(members.get("module")),
        privileges=as_strings(members["privileges"]),
        since=as_strings(members.get("since")),
        synopsis=bool(members.get("synopsis")),
        syntax=tuple(
            _parse_snapshot(entry) if "snapshot" in entry else _parse_parameter(entry)
            for entry in as_objects(members.get("syntax"))
        ),
        see_also=_parse_see_also(members),
    )


def _parse_parameter(members: JsonObject) -> Parameter:
    return Parameter(
        name=as_string(members["name"]),
        required=bool(members.get("required")),
        default=as_optional_string(members.get("default")),
        multiple=bool(members.get("multiple")),
        separator=as_optional_string(members.get("separator")),
        values=_parse_values(members.get("values")),
        parameters=tuple(_parse_parameter(entry) for entry in as_objects(members.get("parameters"))),
    )


def _parse_values(values: Json) -> tuple[EnumValue, ...]:
    return tuple(
        EnumValue(name=as_string(value["name"]), values=_parse_values(value["values"]))
        if isinstance(value, dict)
        else EnumValue(name=as_string(value))
        for value in as_list(values)
    )


def _parse_snapshot(members: JsonObject) -> Snapshot:
    return Snapshot(
        kind="bridge" if members["snapshot"] == "bridge" else "channel",
        prefix=as_optional_string(members.get("prefix")) or "",
    )


def _parse_see_also(members: JsonObject) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            type=as_string(entry["type"]), name=as_string(entry["name"]), module=as_optional_string(entry.get("module"))
        )
        for entry in as_objects(members.get("see_also"))
    )

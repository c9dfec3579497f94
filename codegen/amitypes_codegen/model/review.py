"""The table for reviews of the overlay: the type of each field and parameter, and its source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.errors import CodegenError
from amitypes_codegen.model import names, types

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amitypes_codegen.model.definitions import Header, Model
    from amitypes_codegen.overlay.entries import Group, Origin

Source: TypeAlias = Literal["documented", "rule", "exception", "undecided"]
"""The source of a type: the documentation, a rule for the header's name, an entry for one action or event, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field or parameter.

    Attributes:
        group: The kind of message that has it.
        model: The name of the action or event.
        header: The name on the wire.
        base: The name that rules match.
        annotation: The type in Python.
        kind: The type in the overlay; empty if it has none.
        source: The source of the type.
        evidence: The overlay entry that gives the type, with its evidence; empty if there is none.
        always: The overlay entry by which it is always present, with its evidence; empty if it may be missing.
    """

    group: Group
    model: str
    header: str
    base: str
    annotation: str
    kind: str
    source: Source
    evidence: str = ""
    always: str = ""


def rows(model: Model) -> list[Row]:
    """Lists every field and parameter of a model.

    Args:
        model: The merged model.

    Returns:
        The rows: actions, events, responses, each in the model's order.

    Raises:
        CodegenError: If the overlay has an unknown type.
    """
    return [
        *(row for action in model.actions.values() for row in _rows("actions", action.name, action.parameters)),
        *(row for event in model.events.values() for row in _rows("events", event.name, event.headers)),
        *(row for action in model.actions.values() for row in _rows("responses", action.name, action.response)),
    ]


def undecided(found: Iterable[Row]) -> list[tuple[Group, str, int]]:
    """The names without a decided type: group, name and number of models, the most frequent first."""
    unknown = [row for row in found if row.source == "undecided"]
    spelled = {_name(row): row for row in reversed(unknown)}
    counted = Counter(_name(row) for row in unknown)
    return [(spelled[name].group, spelled[name].base, count) for name, count in counted.most_common()]


def undecided_responses(model: Model) -> list[str]:
    """The names of the actions whose kind of response isn't decided."""
    return [name for name, action in model.actions.items() if action.response_kind is None]


def check_responses(model: Model) -> None:
    """Checks that the kind of every action's response is decided.

    Args:
        model: The merged model.

    Raises:
        CodegenError: If it isn't. The message names the actions.
    """
    if unknown := undecided_responses(model):
        raise CodegenError(
            "the kind of its response is unknown; add it to an overlay: response, items and complete, or text under "
            "[action.<Name>], or the function that only acknowledges it under [acknowledged]",
            element=f"action {', '.join(unknown)}",
        )


def table(found: Sequence[Row]) -> str:
    """Formats rows as lines of tab-separated columns, with a line of titles."""
    lines = ["group\tmodel\theader\ttype\tsource\tevidence\talways there"]
    for row in found:
        annotation = f"{row.annotation} ({row.kind})" if row.kind in types.UNITS else row.annotation
        lines.append(
            f"{row.group}\t{row.model}\t{row.header}\t{annotation}\t{row.source}\t{row.evidence}\t{row.always}"
        )
    return "\n".join(lines)


def summary(found: Sequence[Row]) -> str:
    """Counts the rows and names, and those that are undecided, in one line."""
    open_rows = [row for row in found if row.source == "undecided"]
    all_names, open_names = {_name(row) for row in found}, {_name(row) for row in open_rows}
    return (
        f"{len(found)} fields and parameters, {len(open_rows)} of them undecided; "
        f"{len(all_names)} names, {len(open_names)} of them undecided"
    )


def _name(row: Row) -> tuple[Group, str]:
    """The group and name by which rules match a row, in lower case."""
    return row.group, row.base.lower()


def _rows(group: Group, model: str, headers: Iterable[Header]) -> Iterable[Row]:
    base_headers = names.BASE_HEADERS[_KINDS[group]]
    for header in headers:
        if header.name.lower() in base_headers:
            continue
        source, evidence = _source(header)
        yield Row(
            group=group,
            model=model,
            header=header.name,
            base=header.base,
            annotation=types.field_type(header, group).annotation,
            kind=header.type or "",
            source=source,
            evidence=evidence,
            always=_cite(header.always) if header.always else "",
        )


_KINDS: dict[Group, names.Kind] = {"actions": "action", "events": "event", "responses": "response"}


def _cite(origin: Origin) -> str:
    return f"{origin.path.name}, {origin.key}: {origin.evidence}"


def _source(header: Header) -> tuple[Source, str]:
    if origin := header.typed_by:
        by_rule = origin.key.startswith(("rule", "snapshot"))
        return "rule" if by_rule else "exception", _cite(origin)
    return "documented" if types.is_documented(header) else "undecided", ""

"""What type each field and parameter has, and how that is known: the table by which the overlay is reviewed."""

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
"""How a type is known: by documented values or repetition, by a rule for the header's name, by an entry for this model
alone, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field or parameter.

    Attributes:
        group: What it is of.
        model: The name of the action or event.
        header: Its name on the wire.
        base: The name by which rules know it.
        annotation: Its type in Python.
        kind: The type as the overlay calls it; empty where it gives none.
        source: How the type is known.
        evidence: The entry of the overlay and its evidence; empty where there is none.
        always: The same for that every message has the header; empty where it may be missing.
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
    """Every field and parameter of a model.

    Args:
        model: The merged model.

    Returns:
        The rows: actions, events, responses, each in the model's order.

    Raises:
        CodegenError: If the overlay names a type that there isn't.
    """
    return [
        *(row for action in model.actions.values() for row in _rows("actions", action.name, action.parameters)),
        *(row for event in model.events.values() for row in _rows("events", event.name, event.headers)),
        *(row for action in model.actions.values() for row in _rows("responses", action.name, action.response)),
    ]


def undecided(found: Iterable[Row]) -> list[tuple[Group, str, int]]:
    """The names that nobody has reviewed: group, name, and how many models have it, the most frequent first."""
    unknown = [row for row in found if row.source == "undecided"]
    spelled = {_name(row): row for row in reversed(unknown)}
    counted = Counter(_name(row) for row in unknown)
    return [(spelled[name].group, spelled[name].base, count) for name, count in counted.most_common()]


def undecided_answers(model: Model) -> list[str]:
    """The actions of whose answer nobody has said what it is."""
    return [name for name, action in model.actions.items() if action.answer is None]


def check_answers(model: Model) -> None:
    """Demands that it is known of every action what its answer is.

    Args:
        model: The merged model.

    Raises:
        CodegenError: If it isn't; the message names the actions.
    """
    if unknown := undecided_answers(model):
        raise CodegenError(
            "it isn't known what its answer is; say so in an overlay: a response with headers, a list, a text, or "
            "in [acknowledged] which function answers with an acknowledgement only",
            element=f"action {', '.join(unknown)}",
        )


def table(found: Sequence[Row]) -> str:
    """Rows as text, a line for each, with tabs between the columns."""
    lines = ["group\tmodel\theader\ttype\tsource\tevidence\talways there"]
    for row in found:
        annotation = f"{row.annotation} ({row.kind})" if row.kind in types.UNITS else row.annotation
        lines.append(
            f"{row.group}\t{row.model}\t{row.header}\t{annotation}\t{row.source}\t{row.evidence}\t{row.always}"
        )
    return "\n".join(lines)


def summary(found: Sequence[Row]) -> str:
    """How many rows and names are decided, in a line."""
    open_rows = [row for row in found if row.source == "undecided"]
    every, open_names = {_name(row) for row in found}, {_name(row) for row in open_rows}
    return (
        f"{len(found)} fields and parameters, {len(open_rows)} of them undecided; "
        f"{len(every)} names, {len(open_names)} of them undecided"
    )


def _name(row: Row) -> tuple[Group, str]:
    """A name as rules have it: for one group, in any case."""
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
            always=_cited(header.always) if header.always else "",
        )


_KINDS: dict[Group, names.Kind] = {"actions": "action", "events": "event", "responses": "response"}


def _cited(origin: Origin) -> str:
    return f"{origin.path.name}, {origin.key}: {origin.evidence}"


def _source(header: Header) -> tuple[Source, str]:
    if origin := header.typed_by:
        by_rule = origin.key.startswith(("rule", "snapshot"))
        return "rule" if by_rule else "exception", _cited(origin)
    return "documented" if types.is_documented(header) else "undecided", ""

"""Words that the types list, against the words that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args, get_origin

from amitypes import events, responses
from amitypes._models.base import headers_of
from amitypes._models.received import Received
from amitypes.responses import ListResponse, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.asterisk.conformance.observations import Observations

FREE: Final = {
    ("CEL", "EventName"),  # what a dialplan called an event of its own, unless cel.conf says otherwise
    ("MixMonitorMute", "Direction"),  # as the action spelled it
}
"""Headers that hold one of some words, or what a user wrote."""


def unlisted(seen: Observations) -> list[str]:
    """Words that came for a field whose type lists words, and that it doesn't list.

    Args:
        seen: What came.

    Returns:
        A line for each header with such words, sorted; empty when all are listed.
    """
    return sorted(
        f"{name}: {header}: {', '.join(map(repr, sorted(strange)))}"
        for (name, header), values in seen.values.items()
        if (name, header) not in FREE and (strange := values - known(name, header)) and known(name, header)
    )


def known(name: str, header: str) -> set[str]:
    """The words that the type of a header lists; none where it lists no words.

    Args:
        name: An event, or ``answer to`` an action, as the observations call them.
        header: The header.
    """
    model = _model(name)
    declared = headers_of(model).declared.get(header.lower())
    if declared is None or declared.field not in model.model_fields:
        return set()
    return set(_words(model.model_fields[declared.field].annotation))


def _model(name: str) -> type[Received]:
    group, _, action = name.rpartition("answer to ")
    try:
        found = responses.by_name(action) if group or name != action else events.by_name(name)
    except KeyError:
        return Received
    return Response if issubclass(found, ListResponse) else found


def _words(annotation: object) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    else:
        for part in get_args(annotation):
            yield from _words(part)

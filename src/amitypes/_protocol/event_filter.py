"""Which events a server is asked to send: the mask of classes, and filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amitypes._protocol.message import Message
    from amitypes._protocol.types import Headers

__all__ = ["EventClass", "EventFilter", "EventMask", "EventRules", "needs_more_than"]

EventClass: TypeAlias = Literal[
    "agent",
    "agi",
    "aoc",
    "call",
    "cc",
    "cdr",
    "command",
    "config",
    "dialplan",
    "dtmf",
    "log",
    "message",
    "originate",
    "reporting",
    "security",
    "system",
    "test",
    "user",
    "verbose",
]
"""A class of events, as ``Privilege`` names it."""

EventMask: TypeAlias = "Literal['on', 'off'] | Iterable[EventClass]"
"""Events of every class, of none, or of some."""

_Method: TypeAlias = Literal["regex", "exact", "starts_with", "ends_with", "contains", "none"]

_KEPT: Final = frozenset({"events", "filter"})
"""The actions that change what events are sent."""
_ADVANCED_SINCE: Final = {18: 26, 20: 11, 21: 6, 22: 1}
_PLAIN = re.compile(r"[^(),\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """A filter by which the server chooses the events that it sends; the user needs ``write = system``.

    With filters that include, only what one of them lets through is sent; what one that excludes catches isn't. With
    `match` and `exclude` alone every Asterisk knows it; the other parameters need Asterisk 18.26, 20.11, 21.6, 22.1 or
    newer, and cost the server far less than a regular expression on whole events.

    Args:
        match: What to look for: a regular expression over the whole event, as it is on the wire, or what `method` says.
        exclude: Whether to keep back what fits, instead of letting it through; default: False.
        name: Only events of this name; default: of any.
        header: Look into this header instead of the whole event.
        method: How to compare: ``regex`` (the default), ``exact``, ``starts_with``, ``ends_with``, ``contains``, or
            ``none``, which fits whatever has the name.

    Raises:
        ValueError: The parameters make no filter.

    Example:
        ```python
        EventFilter(match="Event: (Newchannel|Hangup)")
        EventFilter(name="Newchannel", header="Channel", method="starts_with", match="PJSIP/")
        EventFilter(name="VarSet", method="none", exclude=True)
        ```

    Source: the AMI action ``Filter``.
    """

    match: str = ""
    exclude: bool = False
    name: str | None = None
    header: str | None = None
    method: _Method | None = None

    def __post_init__(self) -> None:
        """Refuse what Asterisk would refuse, or take for something else."""
        if self.method is not None and self.method not in get_args(_Method):
            msg = f"method={self.method!r}: one of {', '.join(get_args(_Method))}"
        elif self.method == "none" and (self.match or self.header or not self.name):
            msg = "method='none' compares nothing: it goes with a name, and without match and header"
        elif self.method != "none" and not self.match:
            msg = "match: what to look for; to choose events by their name alone, use method='none'"
        elif any(part is not None and not _PLAIN.fullmatch(part) for part in (self.name, self.header)):
            msg = "name and header are names: without parentheses, commas and line ends"
        elif not self.advanced and self.match.startswith("!"):
            msg = "match: a leading '!' is Asterisk's spelling of exclude=True"
        else:
            return
        raise ValueError(msg)

    @property
    def advanced(self) -> bool:
        """Whether it needs a newer Asterisk."""
        return (self.name, self.header, self.method) != (None, None, None)

    def to_headers(self) -> list[tuple[str, str]]:
        """Spell the action that sets the filter.

        Returns:
            The headers of ``Filter``.
        """
        headers = [("Action", "Filter"), ("Operation", "Add")]
        if not self.advanced:
            return [*headers, ("Filter", f"{'!' if self.exclude else ''}{self.match}")]
        criteria = [f"action({'exclude' if self.exclude else 'include'})"]
        criteria += [
            f"{what}({value})"
            for what, value in (("name", self.name), ("header", self.header), ("method", self.method))
            if value is not None
        ]
        return [*headers, ("MatchCriteria", ",".join(criteria)), ("Filter", self.match)]


class EventRules:
    """What a client has asked its server for, to be asked again of the next connection.

    Args:
        mask: The events to begin with; None: what the user's ``read`` in manager.conf allows.
        filters: The filters to begin with.

    Attributes:
        mask: The mask as the wire has it; empty where the client didn't say.
        filters: What sets the filters, in order.

    Raises:
        ValueError: There is no such class of events.
    """

    def __init__(self, mask: EventMask | None, filters: Iterable[EventFilter]) -> None:
        self.mask: str = "" if mask is None else _spell(mask)
        self.filters: list[Headers] = [wish.to_headers() for wish in filters]

    def note(self, headers: Sequence[tuple[str, str]], answer: Sequence[Message]) -> bool:
        """Remember what an action has changed, if it is one that does.

        Args:
            headers: The action.
            answer: Its answer.

        Returns:
            Whether that is something.
        """
        name, value = headers[0] if headers else ("", "")
        if name == "Action" and value.lower() not in _KEPT:
            return False  # as nearly always
        names = {name.lower(): value for name, value in reversed(headers)}
        action = names.get("action", "").lower()
        if action not in _KEPT or not answer or answer[0].name.lower() != "success":
            return False
        if action == "events":
            self.mask = names.get("eventmask", "")
            return True
        wish = [(name, value) for name, value in headers if name.lower() != "actionid"]
        if names.get("operation", "").lower() == "add" and wish not in self.filters:
            self.filters.append(wish)
            return True
        return False


def needs_more_than(version: str, wish: Headers) -> bool:
    """Whether a filter needs a newer Asterisk: one that doesn't know ``MatchCriteria`` takes it for another filter.

    Args:
        version: The version, such as ``22.10.1``; empty for the oldest there is.
        wish: The action that sets the filter.

    Returns:
        Whether it does; not if the version doesn't look like one.
    """
    if not any(name.lower() == "matchcriteria" for name, _ in wish):
        return False
    found = re.match(r"(?:certified/)?(\d+)\.(\d+)", version or "0.0")
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return minor < _ADVANCED_SINCE[major] if major in _ADVANCED_SINCE else major < max(_ADVANCED_SINCE)


def _spell(mask: EventMask) -> str:
    if isinstance(mask, str):
        if mask in {"on", "off"}:
            return mask
        msg = f"events={mask!r}: 'on', 'off', or a list of classes such as ['call', 'agent']"
        raise ValueError(msg)
    classes = list(mask)
    # Asterisk takes an unknown word for no events at all, without a word of complaint.
    if unknown := [word for word in classes if word not in get_args(EventClass)]:
        msg = f"events: no class of events is called {unknown[0]!r}; there are {', '.join(get_args(EventClass))}"
        raise ValueError(msg)
    return ",".join(classes) or "off"

"""Which events the server sends: the mask of event classes, and filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amitypes._protocol.message import Message
    from amitypes._protocol.types import Headers

__all__ = ["EventClass", "EventFilter", "EventMask", "EventRules", "needs_newer_asterisk"]

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
"""An event class, as in the header ``Privilege``."""

EventMask: TypeAlias = "Literal['on', 'off'] | Iterable[EventClass]"
"""Events of all classes, of none, or of some."""

_Method: TypeAlias = Literal["regex", "exact", "starts_with", "ends_with", "contains", "none"]

_RECORDED_ACTIONS: Final = frozenset({"events", "filter"})
"""The actions that change which events the server sends."""
_ADVANCED_SINCE: Final = {18: 26, 20: 11, 21: 6, 22: 1}
"""The minor version since which each branch knows ``MatchCriteria``."""
_CRITERION: Final = re.compile(r"[^(),\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """A filter that selects the events that the server sends; the AMI user needs ``write = system``.

    If there are filters that include, the server sends only events that match one of them. It never sends an event that
    matches a filter that excludes. Every Asterisk knows filters with `match` and `exclude` alone; the other parameters
    need Asterisk 18.26, 20.11, 21.6, 22.1 or newer, and cost the server far less than a regular expression on whole
    events.

    Args:
        match: The pattern: a regular expression for the whole event as it is on the wire, unless `header` or `method`
            say otherwise. Default: empty, which needs ``method="none"``.
        exclude: Whether to exclude the events that match, instead of including them; default: False.
        name: Only events of this name match; default: events of any name.
        header: Compare `match` with the value of this header; default: with the whole event.
        method: How to compare: ``regex`` (the default), ``exact``, ``starts_with``, ``ends_with``, ``contains``, or
            ``none``, which matches every event that has the `name`.

    Raises:
        ValueError: The parameters contradict each other, or Asterisk would refuse or misread them.

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
        """Validate the settings: Asterisk refuses or misreads the others."""
        if self.method is not None and self.method not in get_args(_Method):
            msg = f"method={self.method!r}: use one of {', '.join(get_args(_Method))}"
        elif self.method == "none" and (self.match or self.header or not self.name):
            msg = "method='none' compares nothing: give a name, and neither match nor header"
        elif self.method != "none" and not self.match:
            msg = "match is empty: give a pattern, or method='none' to select events by their name alone"
        elif any(part is not None and not _CRITERION.fullmatch(part) for part in (self.name, self.header)):
            msg = "name and header must be non-empty, without parentheses, commas and line ends"
        elif not self.advanced and self.match.startswith("!"):
            msg = f"match={self.match!r}: Asterisk reads a leading '!' as exclude=True; use that instead"
        else:
            return
        raise ValueError(msg)

    @property
    def advanced(self) -> bool:
        """Whether the filter needs Asterisk 18.26, 20.11, 21.6, 22.1 or newer."""
        return (self.name, self.header, self.method) != (None, None, None)

    def to_headers(self) -> list[tuple[str, str]]:
        """The action that sets the filter.

        Returns:
            The headers of ``Filter``.
        """
        headers = [("Action", "Filter"), ("Operation", "Add")]
        if not self.advanced:
            return [*headers, ("Filter", f"{'!' if self.exclude else ''}{self.match}")]
        criteria = [f"action({'exclude' if self.exclude else 'include'})"]
        criteria += [
            f"{criterion}({value})"
            for criterion, value in (("name", self.name), ("header", self.header), ("method", self.method))
            if value is not None
        ]
        return [*headers, ("MatchCriteria", ",".join(criteria)), ("Filter", self.match)]


class EventRules:
    """The mask and the filters that a client has set, so that it can set them again after reconnecting.

    Args:
        mask: The initial mask; None: the AMI user's ``read`` in manager.conf applies.
        filters: The initial filters.

    Attributes:
        mask: The mask as on the wire; empty if none was set.
        filters: The actions that set the filters, in order.

    Raises:
        ValueError: There is no such event class.
    """

    def __init__(self, mask: EventMask | None, filters: Iterable[EventFilter]) -> None:
        self.mask: str = "" if mask is None else _mask_text(mask)
        self.filters: list[Headers] = [event_filter.to_headers() for event_filter in filters]

    def record(self, headers: Sequence[tuple[str, str]], answer: Sequence[Message]) -> bool:
        """Record what an action has changed, if it is ``Events`` or ``Filter`` and succeeded.

        Args:
            headers: The action.
            answer: Its answer.

        Returns:
            Whether it has changed anything.
        """
        name, value = headers[0] if headers else ("", "")
        if name == "Action" and value.lower() not in _RECORDED_ACTIONS:
            return False  # the fast path of almost all actions
        names = {name.lower(): value for name, value in reversed(headers)}
        action = names.get("action", "").lower()
        if action not in _RECORDED_ACTIONS or not answer or answer[0].name.lower() != "success":
            return False
        if action == "events":
            self.mask = names.get("eventmask", "")
            return True
        filter_action = [(name, value) for name, value in headers if name.lower() != "actionid"]
        if names.get("operation", "").lower() == "add" and filter_action not in self.filters:
            self.filters.append(filter_action)
            return True
        return False


def needs_newer_asterisk(version: str, filter_action: Headers) -> bool:
    """Whether a filter needs a newer Asterisk: one that doesn't know ``MatchCriteria`` reads it as another filter.

    Args:
        version: The server's version, such as ``22.10.1``; empty for the oldest one.
        filter_action: The action that sets the filter.

    Returns:
        Whether the server misreads the filter; False for a version in an unknown format.
    """
    if not any(name.lower() == "matchcriteria" for name, _ in filter_action):
        return False
    found = re.match(r"(?:certified/)?(\d+)\.(\d+)", version or "0.0")
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return minor < _ADVANCED_SINCE[major] if major in _ADVANCED_SINCE else major < max(_ADVANCED_SINCE)


def _mask_text(mask: EventMask) -> str:
    if isinstance(mask, str):
        if mask in {"on", "off"}:
            return mask
        msg = f"events={mask!r}: use 'on', 'off', or a list of event classes such as ['call', 'agent']"
        raise ValueError(msg)
    classes = list(mask)
    # Asterisk reads an unknown class as no events at all, and reports no error.
    if unknown := [name for name in classes if name not in get_args(EventClass)]:
        msg = f"events: {unknown[0]!r} is not an event class; use some of {', '.join(get_args(EventClass))}"
        raise ValueError(msg)
    return ",".join(classes) or "off"

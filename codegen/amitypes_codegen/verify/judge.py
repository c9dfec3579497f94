"""What of a server's messages the types don't know, or tell wrongly: decoded messages in, findings out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from amitypes._models.base import declared_headers
from amitypes._models.codec import Codec, Header, Shape, text
from amitypes._models.event import UnknownEvent
from amitypes._models.lists import ListResponse
from amitypes._models.numbered_names import split_name
from amitypes._models.received import Received
from amitypes._models.scalars import is_unknown
from amitypes_codegen.verify.values import looks_like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from amitypes._models.event import Event
    from amitypes._models.response import Response

Group: TypeAlias = Literal["events", "responses"]
"""What a message is: an event, or the answer to an action."""

_CUT: Final = ("the connection broke within this message", "this is its beginning")
"""How the problem of a message ends that isn't whole, and tells nothing of the types therefore."""

_UNDECLARED: Final = Header("")

_AT_MOST: Final = 200
"""Different values that are kept of a header."""


class Kind(StrEnum):
    """What is wrong."""

    EVENT = "event without a class"
    HEADER = "undeclared header"
    VALUE = "value not as declared"
    MISSING = "header missing"
    ITEM = "event in an answer that doesn't declare it"
    NO_LIST = "answer is no list"
    UNFINISHED = "answer without an end"
    ACTION = "action without a class"
    TEXT = "text that looks like more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A header as it was seen.

    Attributes:
        name: Its name on the wire; of a family, with each number replaced by zero.
        count: In how many messages.
        values: Different values, sorted; some of them, where there are many. They may be private.
        repeated: Whether it came more than once in a message.
    """

    name: str
    count: int
    values: tuple[str, ...] = field(default=(), repr=False)
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the types don't know or tell wrongly.

    Attributes:
        kind: What is wrong.
        group: Whether it is about an event or the answer to an action.
        name: The event or the action.
        count: In how many messages.
        header: The header, where it is about one.
        problem: What is wrong with its values, in words.
        codec: How the header is declared, where it is.
        always: Whether it is declared as always there.
        headers: All headers of an event without a class.
        privileges: The classes of such an event.
        declared: The events that the answer declares as items.
        items: The events that came in the answer beside those.
        complete: The event that completed it.
    """

    kind: Kind
    group: Group
    name: str
    count: int
    header: Seen | None = None
    problem: str = ""
    codec: Codec | None = None
    always: bool = False
    headers: tuple[Seen, ...] = ()
    privileges: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    complete: str = ""


class _Tally:
    """A header while it is being counted."""

    def __init__(self, name: str, codec: Codec | None = None, *, always: bool = False) -> None:
        self.name: Final = name
        self.codec: Final = codec
        self.always: Final = always
        self.count = 0
        self.values: set[str] = set()
        self.repeated = False

    def take(self, value: str | list[str]) -> None:
        self.count += 1
        self.repeated |= isinstance(value, list)
        for one in [value] if isinstance(value, str) else value:
            if len(self.values) < _AT_MOST:
                self.values.add(one)

    @property
    def seen(self) -> Seen:
        return Seen(name=self.name, count=self.count, values=tuple(sorted(self.values)), repeated=self.repeated)


class _Stranger:
    """An event without a class."""

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.count = 0
        self.privileges: dict[str, None] = {}
        self.headers: dict[str, _Tally] = {}


class _List:
    """An answer with events that aren't declared."""

    def __init__(self, declared: tuple[str, ...]) -> None:
        self.count = 0
        self.declared: Final = declared
        self.items: dict[str, None] = {}
        self.complete = ""


class Judge:
    """Counts what comes, and keeps what the types don't know of it.

    Args:
        reviewed: Whether a header (of an event or an answer, of this name) was reviewed and is text whatever it looks
            like; default: none was.

    Attributes:
        events: How often each event came.
        answers: How often each action was answered.
        accepted: The actions that were answered with a success.
        refused: The actions that were answered with an error, and its message.
        unattributed: Messages that are no events and answer none of the actions asked, or that aren't whole.
    """

    def __init__(self, reviewed: Callable[[Group, str, str], bool] = lambda *_: False) -> None:
        self.events: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.accepted: set[str] = set()
        self.refused: dict[str, str] = {}
        self.unattributed = 0
        self._reviewed = reviewed
        self._strangers: dict[str, _Stranger] = {}
        self._undeclared: dict[tuple[Group, str, str], _Tally] = {}
        self._wrong: dict[tuple[Group, str, str, str], _Tally] = {}
        self._missing: dict[tuple[Group, str, str], _Tally] = {}
        self._texts: dict[tuple[Group, str, str], _Tally] = {}
        self._lists: dict[str, _List] = {}
        self._no_lists: Counter[str] = Counter()
        self._unfinished: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()

    def event(self, event: Event) -> None:
        """Take in an event.

        Args:
            event: The event, decoded.
        """
        if not event.event or _is_cut(event):
            # An answer that nobody waits for: some actions answer an error twice, and a recording has only answers.
            self.unattributed += 1
            return
        self.events[event.event] += 1
        if isinstance(event, UnknownEvent):
            self._meet(event)
        else:
            self._look_at("events", event.wire_name, event)

    def answer(self, action: str, declared: type[Response | ListResponse] | None, got: Response | ListResponse) -> None:
        """Take in the answer to an action.

        Args:
            action: The action's name on the wire.
            declared: The type that its answer should have; None where the action is unknown.
            got: The answer, with the events that are part of it.
        """
        self.answers[action] += 1
        head = got.response if isinstance(got, ListResponse) else got
        if head.response == "Error":
            self.refused.setdefault(action, head.message.strip())
        else:
            self.accepted.add(action)
        if declared is None:
            self._actions[action] += 1
        else:
            if not _is_cut(head):
                self._look_at("responses", action, head)
            self._look_at_list(action, got)
        for event in events_of(got):
            self.event(event)

    def unfinished(self, action: str) -> None:
        """Take note that an answer had not come whole when nobody would wait any longer."""
        self._unfinished[action] += 1

    def offered(self, action: str) -> None:
        """Take note of an action that the server offers and the types don't have."""
        self._actions[action] += 0

    def findings(self) -> list[Finding]:
        """What the types don't know, or tell wrongly: by kind, then by name; empty when all is well."""
        found = [
            Finding(
                kind=Kind.EVENT,
                group="events",
                name=stranger.name,
                count=stranger.count,
                headers=tuple(tally.seen for tally in stranger.headers.values()),
                privileges=tuple(stranger.privileges),
            )
            for stranger in self._strangers.values()
        ]
        for kind, tallies in ((Kind.HEADER, self._undeclared), (Kind.MISSING, self._missing)):
            found += [_about(kind, group, name, tally) for (group, name, _), tally in tallies.items()]
        found += [
            _about(Kind.VALUE, group, name, tally, problem) for (group, name, _, problem), tally in self._wrong.items()
        ]
        found += [
            Finding(
                kind=Kind.ITEM,
                group="responses",
                name=name,
                count=stray.count,
                declared=stray.declared,
                items=tuple(stray.items),
                complete=stray.complete,
            )
            for name, stray in self._lists.items()
        ]
        for kind, counter in (
            (Kind.NO_LIST, self._no_lists),
            (Kind.UNFINISHED, self._unfinished),
            (Kind.ACTION, self._actions),
        ):
            found += [Finding(kind=kind, group="responses", name=name, count=count) for name, count in counter.items()]
        return sorted(found, key=_order)

    def suspects(self) -> list[Finding]:
        """Texts that have always been numbers, booleans or times: questions to the types, and no findings."""
        return sorted(
            (
                _about(Kind.TEXT, group, name, tally, looks)
                for (group, name, _), tally in self._texts.items()
                if not self._reviewed(group, name, tally.name)
                and (looks := looks_like(tally.name, tally.values)) is not None
            ),
            key=_order,
        )

    def _meet(self, event: Event) -> None:
        stranger = self._strangers.setdefault(event.event.lower(), _Stranger(event.event))
        stranger.count += 1
        stranger.privileges |= dict.fromkeys(
            part for part in (part.strip() for part in event.privilege.split(",")) if part not in {"", "all", "<none>"}
        )
        for name, value in event.extra_headers.items():
            base = base_name(name)
            stranger.headers.setdefault(base.lower(), _Tally(base)).take(value)

    def _look_at(self, group: Group, name: str, received: Received) -> None:
        declared = spelled_headers(type(received))
        raw = received.raw
        for header in received.missing:
            self._missing.setdefault((group, name, header.lower()), _Tally(header)).take([])
        for header, value in ({} if received.free_headers else received.extra_headers).items():
            base = base_name(header)
            self._undeclared.setdefault((group, name, base.lower()), _Tally(base)).take(value)
        for issue in received.issues:
            spelled, known = declared.get(_key(issue.header, declared), (issue.header, _UNDECLARED))
            field = type(received).model_fields.get(known.field)
            always = field is not None and field.is_required()
            repeated = known.codec.shape is Shape.ONE and isinstance(raw.get(issue.header), list)
            if is_unknown(issue.value) and not known.codec.total and not repeated:
                self._missing.setdefault((group, name, spelled.lower()), _Tally(spelled)).take([])
                continue
            wrong = self._wrong.setdefault(
                (group, name, spelled.lower(), issue.problem), _Tally(spelled, known.codec, always=always)
            )
            wrong.take(issue.value)
            wrong.repeated |= repeated
        for header, value in raw.items():
            spelled, known = declared.get(header.lower(), (header, _UNDECLARED))
            if known is not _UNDECLARED and known.codec == text:
                self._texts.setdefault((group, name, header.lower()), _Tally(spelled)).take(value)

    def _look_at_list(self, action: str, got: Response | ListResponse) -> None:
        if isinstance(got, ListResponse):
            declared, strays = got.item_names, [*got.others]
            complete = got.complete.event
            if not got.complete.raw and not got.items and got.response.response != "Error":
                self._no_lists[action] += 1
        else:
            declared, strays = (), [*got.events]
            ends = [event for event in strays if event.raw.get("EventList")]
            complete = ends[-1].event if ends else ""
        expected = () if isinstance(got, ListResponse) else got.event_names
        names = {event.event: None for event in strays if event.event and event.event not in expected}
        if not names or "*" in expected:
            return
        stray = self._lists.setdefault(action, _List(declared))
        stray.count += 1
        stray.items |= {name: None for name in names if name != complete}
        stray.complete = stray.complete or complete


def base_name(name: str) -> str:
    """A header's name with each of a family's numbers replaced by zero: ``Line-000003`` is of ``Line-000000``."""
    base, numbers = split_name(name.lower())
    if not numbers:
        return name[: len(base)]
    if base.startswith("reportx"):
        return _REPORT.sub(r"\1X", name, count=1)
    return _PLACE.sub(lambda found: "(0)" if found[0].startswith("(") else "-000000", name)


_PLACE: Final = re.compile(r"-\d{6}(?=-|$)|\(\d{1,6}\)")
_REPORT: Final = re.compile(r"^(report)\d+", re.IGNORECASE)


@cache
def spelled_headers(model: type[Received]) -> Mapping[str, tuple[str, Header]]:
    """The headers that a model declares, its bases' included: by name in lower case, each with its exact name."""
    return {name.lower(): (name, header) for name, header in declared_headers(model).items()}


def _is_cut(received: Received) -> bool:
    return any(issue.problem.endswith(_CUT) for issue in received.issues)


def _key(name: str, declared: Mapping[str, object]) -> str:
    lowered = name.lower()
    return lowered if lowered in declared else split_name(lowered)[0]


def _about(kind: Kind, group: Group, name: str, tally: _Tally, problem: str = "") -> Finding:
    return Finding(
        kind=kind,
        group=group,
        name=name,
        count=tally.count,
        header=tally.seen,
        problem=problem,
        codec=tally.codec,
        always=tally.always,
    )


def events_of(answer: Response | ListResponse) -> Iterable[Event]:
    """The events that are part of an answer, in the order of the wire but for those of a list that aren't its items."""
    if not isinstance(answer, ListResponse):
        return answer.events
    complete = [answer.complete] if answer.complete.raw else []
    return [*answer.items, *answer.others, *complete]


_KINDS: Final = list(Kind)


def _order(finding: Finding) -> tuple[int, str, str, str, str]:
    header = finding.header.name.lower() if finding.header else ""
    return _KINDS.index(finding.kind), finding.group, finding.name.lower(), header, finding.problem

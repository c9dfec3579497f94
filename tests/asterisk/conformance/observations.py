"""What a drive has seen of AMI, and what the types lack of it or declare wrongly."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from amitypes_codegen.verify.inference import likeness

from amitypes._models.base import declared_headers, headers_of
from amitypes._models.codec import Shape, text
from amitypes._models.received import Received
from amitypes.responses import ListResponse
from tests.asterisk.census import Census

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from amitypes.events import Event
    from amitypes.responses import Response

_SECOND_ANSWER: Final = re.compile(
    r"Incomplete ModuleLoad action\.|Need module name|Module must be in the configured modules directory\."
    r"|Module not found\.|Could not load module\."
    r"|Unable to open requested file for writing|Invalid span '.*' - Should be .*|No PRI running .*"
)
"""What ModuleLoad, PRIDebugSet and PRIDebugFileSet send after their answer to some errors: it belongs to no action."""

_AT_MOST: Final = 200


class Observations(Census):
    """Everything that came, by kind, with the values of what is declared as text."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: set[str] = set()
        self.refused: set[str] = set()
        self.misplaced: set[str] = set()
        self.values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.messages: Counter[str] = Counter()
        self.without: Counter[tuple[str, str]] = Counter()

    def event(self, event: Event) -> None:
        """Count an event, and keep its texts."""
        if not event.event and _SECOND_ANSWER.fullmatch(str(event.raw.get("Message"))):
            return
        super().event(event)
        self._keep(event.event, event)

    def answer(self, action: str, declared: type[Response | ListResponse], got: Response | ListResponse) -> None:
        """Count an answer to an action, with the events that are part of it."""
        self.response(action, got)
        head = got.response if isinstance(got, ListResponse) else got
        refused = head.response == "Error"
        (self.refused if refused else self.accepted).add(action)
        self._keep(f"answer to {action}", head, refused=refused)
        if not refused and not isinstance(got, declared):
            self.misplaced.add(f"{action} was answered by {type(got).__name__}")
        strays = got.others if isinstance(got, ListResponse) else got.events
        expected = () if isinstance(got, ListResponse) else got.accompanying_events
        self.misplaced |= {
            f"{action} was answered with the event {event.event}" for event in strays if event.event not in expected
        }

    def gaps(self) -> list[str]:
        """What the types lack, or declare wrongly: sorted, empty when all is well."""
        found = [f"{name}: an event without a class" for name in self.unknown]
        found += [f"{name}: undeclared header {header}" for name, header in self.undeclared]
        found += [f"{name}: {header}: {what}" for name, header, what in self.issues]
        return sorted({*found, *self.misplaced})

    def add(self, other: Observations) -> None:
        """Add what another one has seen."""
        self.events += other.events
        self.responses += other.responses
        self.unknown += other.unknown
        self.undeclared += other.undeclared
        self.issues += other.issues
        self.accepted |= other.accepted
        self.refused |= other.refused
        self.misplaced |= other.misplaced
        self.messages += other.messages
        for key, missing in other.without.items():  # zeros too, which += would drop
            self.without[key] += missing
        for key, values in other.values.items():
            self.values[key] |= values

    def suspects(self, reviewed: Container[tuple[str, str]]) -> list[str]:
        """Texts that have always been numbers, booleans or times, of at least three values or both booleans.

        Args:
            reviewed: Those that the overlay says are text, whatever they look like: what they are of, and the header.
        """
        found: list[str] = []
        for (name, header), values in sorted(self.values.items()):
            if (name, header.lower()) in reviewed:
                continue
            if kind := likeness(values):
                found.append(f"{name}.{header}: {kind}, such as {', '.join(sorted(values)[:4])}")
        return found

    def summary(self) -> Iterator[str]:
        """How much it is."""
        refused = len(self.refused - self.accepted)
        yield f"{len(self.events)} kinds of events, {len(self.accepted)} actions done, {refused} more refused"

    def presence(self) -> Iterator[tuple[str, int, int]]:
        """Each header whose field may be None, as ``Event.Header``: how often its message came, and without a value."""
        for (name, header), missing in sorted(self.without.items()):
            yield f"{name}.{header}".replace(" ", "-"), self.messages[name], missing

    def _keep(self, name: str, received: Received, *, refused: bool = False) -> None:
        declared = headers_of(type(received)).declared
        if not refused:  # a refusal has nothing of what an answer has
            self.messages[name] += 1
            for header, (field, codec) in declared_headers(type(received)).items():
                if codec.shape is Shape.ONE and not codec.total:
                    self.without[name, header] += getattr(received, field, None) is None
        for header, value in received.raw.items():
            known = declared.get(header.lower())
            if known is None or known.codec != text:
                continue
            kept = self.values[name, header]
            if len(kept) < _AT_MOST:
                kept |= {one for one in ([value] if isinstance(value, str) else value) if one}

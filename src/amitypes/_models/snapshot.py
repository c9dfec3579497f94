"""The base class of snapshots: groups of an event's headers as one value each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Self

    from amitypes._models.event import Event

__all__ = ["Snapshot"]

_NOTHING: Final[tuple[object, ...]] = ("", None, {}, [])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an event says of a channel or a bridge."""

    @classmethod
    def of(cls, event: Event, prefix: str = "") -> Self | None:
        """Make a snapshot from the fields of an event.

        Args:
            event: The event.
            prefix: The prefix of the fields' names; default: none.

        Returns:
            The snapshot; None if all these fields are empty or None.
        """
        values = vars(event)
        found = {field.name: values[name] for field in fields(cls) if (name := prefix + field.name) in values}
        return cls(**found) if any(value not in _NOTHING for value in found.values()) else None

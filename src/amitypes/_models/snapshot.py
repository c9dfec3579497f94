"""What several headers of an event say of one thing, as one value."""

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
    """The base of snapshots: what an event says of a channel, or of a bridge."""

    @classmethod
    def of(cls, event: Event, prefix: str = "") -> Self | None:
        """Make a snapshot of an event's fields.

        Args:
            event: The event.
            prefix: What the names of the fields begin with; nothing by default.

        Returns:
            The snapshot; None where none of these fields has a value.
        """
        values = vars(event)
        found = {field.name: values[name] for field in fields(cls) if (name := prefix + field.name) in values}
        return cls(**found) if any(value not in _NOTHING for value in found.values()) else None

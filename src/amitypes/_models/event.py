"""Events, and the base of all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, cast

from amitypes._models.codec import Header
from amitypes._models.codecs import epoch, integer
from amitypes._models.received import Received

__all__ = ["Event", "UnknownEvent"]


class Event(Received):
    """An event, and the base of all of them. Subscribed to, it stands for every event."""

    wire_headers: ClassVar[Mapping[str, Header]] = {"Privilege": Header("privilege")}
    _opening: ClassVar[Mapping[str, Header]] = {
        "event": Header("event"),
        "privilege": Header("privilege"),
        "timestamp": Header("timestamp", epoch),
        "sequencenumber": Header("sequence_number", integer),
        "file": Header("source_file"),
        "line": Header("source_line", integer),
        "func": Header("source_function"),
        "systemname": Header("system_name"),
    }
    _beside: ClassVar[frozenset[str]] = frozenset(header.field for header in _opening.values()) - {"event", "privilege"}

    event: str = ""
    """``Event``: the event's name as the server spelled it."""
    privilege: str = ""
    """``Privilege``: the classes of the event, such as ``call,all``; empty on most items of a list."""

    @property
    def timestamp(self) -> datetime | None:
        """``Timestamp``: when the event was made; only with ``timestampevents=yes`` in manager.conf."""
        return cast("datetime | None", self._envelope.get("timestamp"))

    @property
    def system_name(self) -> str:
        """``SystemName``: the server's ``systemname`` in asterisk.conf; empty where it has none."""
        return cast("str", self._envelope.get("system_name", ""))

    @property
    def sequence_number(self) -> int | None:
        """``SequenceNumber``: counts the server's events; only with ``debug=on`` in manager.conf."""
        return cast("int | None", self._envelope.get("sequence_number"))

    @property
    def source_file(self) -> str:
        """``File``: where in Asterisk's source the event was made; only with ``debug=on`` in manager.conf."""
        return cast("str", self._envelope.get("source_file", ""))

    @property
    def source_line(self) -> int | None:
        """``Line``: in which line of `source_file`."""
        return cast("int | None", self._envelope.get("source_line"))

    @property
    def source_function(self) -> str:
        """``Func``: in which function of `source_file`."""
        return cast("str", self._envelope.get("source_function", ""))

    @property
    def _envelope(self) -> Mapping[str, object]:
        return self._private.get("envelope", {})


class UnknownEvent(Event):
    """An event that has no class of its own. Its headers are in `raw` and `model_extra`.

    Without a name (`event` is empty) it is a message that is no event and that nobody waits for, such as the second of
    the two answers that Asterisk gives to a wrong ``ModuleLoad``.
    """

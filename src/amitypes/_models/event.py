"""The base class of all events."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, cast

from pydantic import ConfigDict

from amitypes._models.base import DEFERS_BUILD, headers_of
from amitypes._models.codec import Header
from amitypes._models.codecs import epoch, integer
from amitypes._models.header_table import HeaderTable
from amitypes._models.received import Received

__all__ = ["Event", "UnknownEvent"]

_LEADING: Final[Mapping[str, Header]] = {
    "event": Header("event"),
    "privilege": Header("privilege"),
    "timestamp": Header("timestamp", epoch),
    "sequencenumber": Header("sequence_number", integer),
    "file": Header("source_file"),
    "line": Header("source_line", integer),
    "func": Header("source_function"),
    "systemname": Header("system_name"),
}
_ENVELOPE: Final = frozenset(header.field for header in _LEADING.values()) - {"event", "privilege"}
_COMMON_FIELDS: Final = frozenset({"action_id", "privilege"})


class Event(Received):
    """An event, and the base class of all events. A subscription to it gets every event."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)  # until the fields are sorted
    wire_headers: ClassVar[Mapping[str, Header]] = {"Privilege": Header("privilege")}
    _headers: ClassVar[HeaderTable] = headers_of(Received)._replace(leading=_LEADING, envelope=_ENVELOPE)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Sort the fields as the headers are: pydantic puts inherited fields before all others."""
        super().__pydantic_init_subclass__(**kwargs)
        fields = cls.model_fields
        for field, _ in cls._headers.declared.values():
            if field in fields and field not in _COMMON_FIELDS:
                fields[field] = fields.pop(field)
        if not DEFERS_BUILD:
            cls.model_rebuild(raise_errors=False)

    event: str = ""
    """``Event``: the event's name as the server spelled it."""
    privilege: str = ""
    """``Privilege``: the event's read classes, such as ``call,all``; empty on most items of a list."""

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
        """``File``: the file of Asterisk's source that made the event; only with ``debug=on`` in manager.conf."""
        return cast("str", self._envelope.get("source_file", ""))

    @property
    def source_line(self) -> int | None:
        """``Line``: the line in `source_file`; only with ``debug=on``."""
        return cast("int | None", self._envelope.get("source_line"))

    @property
    def source_function(self) -> str:
        """``Func``: the function in `source_file`; only with ``debug=on``."""
        return cast("str", self._envelope.get("source_function", ""))

    @property
    def _envelope(self) -> Mapping[str, object]:
        return self._private.get("envelope", {})


class UnknownEvent(Event):
    """An event without a class of its own. Its headers are in `raw` and `model_extra`.

    One without a name (`event` is empty) is a message that is neither an event nor the response to an action in flight,
    such as the second of the two responses that Asterisk sends to a wrong ``ModuleLoad``.
    """

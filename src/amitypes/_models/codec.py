"""A header's type on the wire: how many headers make up a value, and how each of them is decoded and encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import GenericAlias
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol

from amitypes._models.scalars import is_unknown

if TYPE_CHECKING:
    from amitypes._models.issue import Issue
    from amitypes._protocol.types import Headers

__all__ = ["Codec", "Header", "RecordType", "Shape", "text"]


class Shape(Enum):
    """How many headers make up one value."""

    ONE = auto()
    """A single header."""
    LIST = auto()
    """A header that repeats, as a list."""
    MAPPING = auto()
    """A header that repeats with ``name=value``, as a mapping."""
    FAMILY = auto()
    """Numbered headers (``Name-000000``, ``Name(0)``), as a list by number."""
    NESTED = auto()
    """Headers with two numbers (``Line-000000-000001``), as a list of lists."""
    VARIABLES = auto()
    """Like `MAPPING` with channel variables, escaped as Asterisk splits them; in actions only."""
    HEADERS = auto()
    """Headers of any name, as a mapping; in actions only."""
    RECORDS = auto()
    """Several numbered headers whose numbers belong together, as a list of records by number."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A header's type on the wire.

    Args:
        decode: Converts a text to a value; raises `ValueError` for text of another type.
        encode: Converts a value to a text.
        shape: How many headers make up the value.
        total: Whether `decode` takes every text, those for no value included; by default, those are None.
        record: The class of the records, where the value is a list of them.
        kind: The type of each value that `decode` returns, None excepted; None where there is no such type.
    """

    decode: Callable[[str], object] = str
    encode: Callable[[object], str] = str
    shape: Shape = Shape.ONE
    total: bool = False
    record: type[RecordType] | None = None
    kind: object = None

    def read(self, value: str) -> object:
        """Decode the text of one header, which may stand for no value.

        Args:
            value: The text.

        Returns:
            The value; None where the text is one of those that Asterisk sends for no value.

        Raises:
            ValueError: The text is of another type.
        """
        return None if not self.total and is_unknown(value) else self.decode(value)

    @property
    def annotation(self) -> object:
        """The annotation that every decoded value satisfies, None excepted; None where there is no such annotation."""
        match self.shape:
            case _ if self.kind is None:
                return None
            case Shape.ONE:
                return self.kind
            case Shape.LIST | Shape.FAMILY:
                return GenericAlias(list, (self.kind,))
            case Shape.NESTED:
                return GenericAlias(list, (GenericAlias(list, (self.kind,)),))
            case Shape.MAPPING:
                return GenericAlias(dict, (str, self.kind))
            case _:
                return None


text: Final = Codec(total=True, kind=str)


class Header(NamedTuple):
    """A declared header: which field has its value, and its type.

    Attributes:
        field: The model's field.
        codec: The header's type on the wire.
    """

    field: str
    codec: Codec = text


class RecordType(Protocol):
    """A class of records: each is made of the headers with one number."""

    wire_headers: ClassVar[Mapping[str, Header]]
    """The headers of a record by their names on the wire, with zero for the number."""

    @classmethod
    def decode(cls, headers: Headers, issues: list[Issue]) -> object | None:
        """Make a record of the headers with one number; None where one is missing that every record has."""
        ...

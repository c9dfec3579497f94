"""Python values as the headers of an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from amitypes._models.codec import Codec, RecordType, Shape
from amitypes._models.numbered_names import number_name
from amitypes._protocol.encoding import variable

__all__ = ["encode"]


def encode(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    """Spell a value as headers.

    Args:
        name: The header's name on the wire.
        codec: Its type.
        value: The value, of the type that the codec's field declares; in a family, None skips a number.

    Returns:
        The headers: one, or as many as the value needs.
    """
    spell = codec.encode
    match codec.shape:
        case Shape.ONE:
            return [(name, spell(value))]
        case Shape.LIST:
            return [(name, spell(item)) for item in cast("Iterable[object]", value)]
        case Shape.MAPPING | Shape.VARIABLES | Shape.HEADERS:
            items = [(key, spell(item)) for key, item in cast("Mapping[str, object]", value).items()]
            if codec.shape is Shape.HEADERS:
                return items
            join = variable if codec.shape is Shape.VARIABLES else "{}={}".format
            return [(name, join(key, item)) for key, item in items]
        case Shape.RECORDS:
            return _encode_records(cast("Sequence[RecordType]", value))
        case _:
            return _encode_family(name, codec, value)


def _encode_family(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    spell = codec.encode
    if codec.shape is Shape.FAMILY:
        items = enumerate(cast("Sequence[object]", value))
        return [(number_name(name, index), spell(item)) for index, item in items if item is not None]
    rows = enumerate(cast("Sequence[Sequence[object]]", value))
    return [
        (number_name(name, index, place), spell(item))
        for index, row in rows
        for place, item in enumerate(row)
        if item is not None
    ]


def _encode_records(several: Sequence[RecordType]) -> list[tuple[str, str]]:
    """Each record's fields, each a single header; what is None isn't sent."""
    return [
        (number_name(name, index), header.codec.encode(value))
        for index, record in enumerate(several)
        for name, header in record.wire_headers.items()
        if (value := cast("object", getattr(record, header.field))) is not None
    ]

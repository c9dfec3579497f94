"""Encodes Python values as the headers of an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from amitypes._models.codec import Codec, RecordType, Shape
from amitypes._models.numbered_names import number_name
from amitypes._protocol.encoding import variable

__all__ = ["encode"]


def encode(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    """Encode a value as headers.

    Args:
        name: The header's name on the wire.
        codec: Its type.
        value: The value, of the type that the codec's field declares; in numbered headers, None skips a number.

    Returns:
        The headers, as many as the value needs.
    """
    encode_item = codec.encode
    match codec.shape:
        case Shape.ONE:
            return [(name, encode_item(value))]
        case Shape.LIST:
            return [(name, encode_item(item)) for item in cast("Iterable[object]", value)]
        case Shape.MAPPING | Shape.VARIABLES | Shape.HEADERS:
            items = [(key, encode_item(item)) for key, item in cast("Mapping[str, object]", value).items()]
            if codec.shape is Shape.HEADERS:
                return items
            join = variable if codec.shape is Shape.VARIABLES else "{}={}".format
            return [(name, join(key, item)) for key, item in items]
        case Shape.RECORDS:
            return _encode_records(cast("Sequence[RecordType]", value))
        case _:
            return _encode_numbered(name, codec, value)


def _encode_numbered(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    encode_item = codec.encode
    if codec.shape is Shape.FAMILY:
        items = enumerate(cast("Sequence[object]", value))
        return [(number_name(name, index), encode_item(item)) for index, item in items if item is not None]
    rows = enumerate(cast("Sequence[Sequence[object]]", value))
    return [
        (number_name(name, row_index, index), encode_item(item))
        for row_index, row in rows
        for index, item in enumerate(row)
        if item is not None
    ]


def _encode_records(records: Sequence[RecordType]) -> list[tuple[str, str]]:
    """One header for each field of each record, without those that are None."""
    return [
        (number_name(name, index), header.codec.encode(value))
        for index, record in enumerate(records)
        for name, header in record.wire_headers.items()
        if (value := cast("object", getattr(record, header.field))) is not None
    ]

"""The pieces in which an input's stream is received."""

from __future__ import annotations

from typing import Final

_MOST: Final = 8


def pieces(stream: bytes, first: int, size: int) -> list[bytes]:
    """Split a stream: a first piece, then pieces of one size, but only as many as a fuzzer has time for.

    Args:
        stream: The bytes.
        first: The length of the first piece.
        size: The length of the others; 0 for one piece.

    Returns:
        The pieces, which together are the stream.
    """
    step = max(size or len(stream), len(stream) // _MOST, 1)
    return [stream[:first], *(stream[start : start + step] for start in range(first, len(stream), step))]

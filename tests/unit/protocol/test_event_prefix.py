"""`event_prefix`: which bytes determine the name of an event."""

from __future__ import annotations

import pytest

from amitypes._protocol.event_prefix import CACHE_SIZE, event_prefix, names_by_prefix


@pytest.mark.parametrize(
    ("frame", "beginning"),
    [
        (b"Event: A\r\nB: c\r", b"Event: A\r\nB: c\r"),
        (b"Event: A\r\nPrivilege: system,all\r\nB: c\r", b"Event: A\r\nPrivilege: system,all\r"),
        (b"Event: A", None),
        (b"Event: A\nB: c\r", None),
        (b"Event: LineEntry\r\nB: c\r", None),
        (b"Event: " + b"x" * 25 + b"\r\nB: c\r", None),
        (b"Response: Success\r\nB: c\r", None),
        (b"", None),
    ],
)
def test_a_prefix_determines_the_name_if_it_holds_the_whole_first_line(frame: bytes, beginning: bytes | None) -> None:
    assert event_prefix(frame) == beginning


def test_the_cache_of_names_has_a_bounded_size() -> None:
    for number in range(2 * CACHE_SIZE):
        assert event_prefix(b"Event: Made-up-%d\r\nA: b" % number) is not None
        assert len(names_by_prefix) <= CACHE_SIZE

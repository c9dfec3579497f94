"""Looking up headers in the overlay of the specs."""

from __future__ import annotations

from tests.codegen.verify.small_pbx import index_of_specs


def test_reviewed_texts_are_known() -> None:
    index = index_of_specs()
    assert index.is_reviewed("events", "Hangup", "Channel")
    assert index.is_reviewed("events", "AttendedTransfer", "TransferTargetChannel")
    assert index.is_reviewed("events", "Hangup", "Privilege")
    assert not index.is_reviewed("events", "Hangup", "Cause")
    assert not index.is_reviewed("events", "Hangup", "NoSuchHeader")

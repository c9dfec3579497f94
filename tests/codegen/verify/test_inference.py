"""Types are inferred from values, and only where they are certain."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.inference import infer_type, looks_like


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("Depth", "0 7 14 700", "int"),
        ("Depth", "-1 0 1", "int"),
        ("Depth", "0 7", None),
        ("Depth", "1 2 3x", None),
        ("Depth", "01 02 13", None),
        ("Depth", "100 200 300", None),
        ("Depth", "1 22 4915112345678", None),
        ("Exten", "1 22 333", None),
        ("DestCallerIDNum", "1 22 333", None),
        ("OtherUniqueid", "1.1 1.2 1.3", None),
        ("Load", "0.1 2 3.50", "float"),
        ("Load", "1.2.3 1.2.4 1.2.5", None),
        ("Muted", "yes no", "bool"),
        ("Muted", "Yes No yes", "bool"),
        ("Muted", "true false <unknown>", "bool"),
        ("Muted", "yes", None),
        ("Muted", "yes no maybe", None),
        ("Muted", "1 0", None),
        ("LoginTime", "1700000000 1700000001 1700000002.5", "datetime"),
        ("Target", "1700000000 1700000001 1700000002", None),
        ("When", "2026-01-01T00:00:00+0000 2026-01-01T00:00:01Z 2026-01-01T00:00:02+0100", "iso_time"),
        ("When", "2026-01-01 2026-01-02 2026-01-03", None),
        ("Name", "Alice Bob Carol", None),
        ("Name", "<unknown> (null)", None),
    ],
)
def test_a_type_is_inferred_only_if_it_is_certain(name: str, values: str, kind: str | None) -> None:
    assert infer_type(name, values.split()) == kind


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("Delay", "1ms 20ms 3ms", "number"),
        ("Delay", "1ms 20ms", None),
        ("Agreed", "enabled disabled", "boolean"),
        ("Length", "00:01:02 01:00:00 10:00:00", "time"),
        ("Exten", "1 2 3", None),
        ("Name", "1 2 b", None),
    ],
)
def test_texts_that_look_like_another_type_are_recognised(name: str, values: str, kind: str | None) -> None:
    assert looks_like(name, values.split()) == kind

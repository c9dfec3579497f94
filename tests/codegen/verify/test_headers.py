"""Names of headers."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.headers import base_name


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("Channel", "Channel"),
        ("Line-000003", "Line-000000"),
        ("Line-000003-000010", "Line-000000-000000"),
        ("UnitAmount(12)", "UnitAmount(0)"),
        ("Charge/Units(3)/NumberOf", "Charge/Units(0)/NumberOf"),
        ("Report3SourceSSRC", "ReportXSourceSSRC"),
        ("ChanVariable(SIP/1)", "ChanVariable"),
        ("", ""),
    ],
)
def test_the_numbers_of_a_name_become_zero(name: str, base: str) -> None:
    assert base_name(name) == base

"""Values are masked in reports."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.masking import is_secret, mask, truncate
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Channel", "PJSIP/alice-0000001f", "AAAAA/aaaaa-9999999a"),
        ("Number", "+49 151 1234", "+99 999 9999"),
        ("Muted", "Yes", "Yes"),
        ("CallerIDNum", "<unknown>", "<unknown>"),
        ("Any", "", "(empty)"),
        ("Any", "Grüezi\r\n\x1b[1m", "Aaaaaa???[9a"),
        ("Any", "x" * 200, "a" * 39 + "…"),
    ],
)
def test_letters_and_digits_are_masked(name: str, value: str, masked: str) -> None:
    assert mask(name, value) == masked


@pytest.mark.parametrize(
    "name",
    [
        "Secret",
        "Password",
        "MD5Cred",
        "AuthToken",
        "Md5Secret",
        "SIPPassword",
        "ReceivedHash",
        "Challenge",
        "ApiKey",
        "Passphrase",
    ],
)
def test_a_secret_is_neither_pictured_nor_truncate(name: str) -> None:
    assert is_secret(name)
    assert mask(name, "yes") == truncate(name, "hunter2") == "(hidden)"


@given(st.text())
def test_no_letter_or_digit_of_a_value_is_in_its_mask(value: str) -> None:
    masked = mask("Any", f"q7{value}Q")
    assert not set(masked) - set("Aa9…?") & {character for character in masked if character.isalnum()}

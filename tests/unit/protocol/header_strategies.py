"""Hypothesis strategies for headers."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=10)
VALUES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
HEADERS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=20)

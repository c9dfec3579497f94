"""What a session has to know of an action's answer before it comes; plain data that costs nothing to import."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ResponseShape"]


class ResponseShape(NamedTuple):
    """How the answer to an action ends, where its head alone doesn't tell.

    Attributes:
        completed_by: The events that complete the answer, in lower case.
        implicit_list: Whether events follow though the head has no ``EventList: start``.
        plain_text: Whether the server answers with bare text that has neither ``Response`` nor ``ActionID``.
        items_without_id: The items that the server sends without the ActionID, in lower case.
    """

    completed_by: frozenset[str]
    implicit_list: bool = False
    plain_text: bool = False
    items_without_id: frozenset[str] = frozenset()

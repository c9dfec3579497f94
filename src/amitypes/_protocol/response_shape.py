"""What a session needs to know of an action's answer in advance; plain data that costs nothing to import."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ResponseShape"]


class ResponseShape(NamedTuple):
    """How the answer to an action ends, for actions whose response alone doesn't determine that.

    Attributes:
        completed_by: The names of the events that complete the answer, in lower case.
        implicit_list: Whether events follow a response that has no ``EventList: start``; default: False.
        plain_text: Whether the server answers with bare text that has neither ``Response`` nor ``ActionID``; default:
            False.
        items_without_id: The names of the list items that the server sends without the ActionID, in lower case;
            default: none.
    """

    completed_by: frozenset[str]
    implicit_list: bool = False
    plain_text: bool = False
    items_without_id: frozenset[str] = frozenset()

"""What a session has to know of an action's answer before it comes; plain data that costs nothing to import."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Answer"]


class Answer(NamedTuple):
    """How the answer to an action ends, where its head alone doesn't tell.

    Attributes:
        complete: The events that complete the answer, in lower case.
        untagged: Whether events follow though the head has no ``EventList: start``.
        text: Whether the server answers with bare text that has neither ``Response`` nor ``ActionID``.
        anonymous: The items that the server sends without the ActionID, in lower case.
    """

    complete: frozenset[str]
    untagged: bool = False
    text: bool = False
    anonymous: frozenset[str] = frozenset()

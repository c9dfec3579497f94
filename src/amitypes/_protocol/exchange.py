"""An action in flight, and the answer to it received so far.

The answer to an action is its response and, for a list, the events that follow.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from amitypes._protocol.message import Kind, Message
from amitypes._protocol.response_shape import ResponseShape

if TYPE_CHECKING:
    from amitypes._protocol.limits import Limits

__all__ = ["Exchange"]

_LIST_ENDS: Final = frozenset({"complete", "cancelled"})

_NO_ITEMS: Final[deque[Message]] = deque()
"""The buffer of every exchange that isn't streamed: nothing is added to it."""


class Exchange:
    """An action in flight, and the answer to it received so far.

    Args:
        action: The action's name on the wire.
        action_id: The ActionID that the action is sent with.
        shape: What is declared of its answer.
        limits: How large the answer may be, or the buffer of a streamed list; default: no limit.
        streamed: Whether the items of a list are taken as they come; default: False.

    Attributes:
        messages: The answer's messages so far, in wire order, the response first; without the items if it is streamed.
        buffered: The items of a streamed list that haven't been taken yet.
        item_count: How many items of a streamed list have been received.
        answered: Whether the response has been received.
        complete: Whether the whole answer has been received.
        excess: How the answer exceeds the limits; empty if it doesn't.
        abandoned: Whether no caller waits for the answer any more. The rest of it is recognised and dropped.
    """

    __slots__ = (
        *("_limits", "_size", "abandoned", "action", "action_id", "answered", "buffered", "complete", "excess"),
        *("item_count", "messages", "shape", "streamed"),
    )

    def __init__(
        self, action: str, action_id: str, shape: ResponseShape, limits: Limits | None = None, *, streamed: bool = False
    ) -> None:
        self.action: Final = action
        self.action_id: Final = action_id
        self.shape: Final = shape
        self.streamed: Final = streamed
        self.messages: list[Message] = []
        self.buffered: Final[deque[Message]] = deque() if streamed else _NO_ITEMS
        self.item_count: int = 0
        self.answered: bool = False
        self.complete: bool = False
        self.excess: str = ""
        self.abandoned: bool = False
        self._limits: Final = limits
        self._size = 0

    @property
    def truncated_reason(self) -> str:
        """Why `messages` isn't the whole answer, or has truncated messages; empty if neither is so."""
        if self.excess:
            return self.excess
        for message in self.messages:
            if message.truncated_reason:
                return f"a message of the answer is {message.truncated_reason}"
        return ""

    @property
    def is_goodbye(self) -> bool:
        """Whether the response is that to ``Logoff``."""
        response = self.messages[0]
        return not response.is_success and response.name.lower() == "goodbye"

    @property
    def is_collecting(self) -> bool:
        """Whether the response has begun a list that isn't complete."""
        return self.answered and not self.complete

    @property
    def is_full(self) -> bool:
        """Whether the buffer of a streamed list has reached the limits."""
        limits = self._limits
        return limits is not None and (len(self.buffered) >= limits.items or self._size >= limits.answer)

    def next_item(self) -> Message | None:
        """Take the next item of a streamed list out of the buffer.

        Returns:
            The item; None if the buffer is empty.
        """
        if not self.buffered:
            return None
        item = self.buffered.popleft()
        self._size -= len(item.frame)
        return item

    def finish(self) -> None:
        """Complete the answer with the messages received so far; of bare text that may be none."""
        if self.shape.plain_text and not self.answered:
            self.messages = [Message.from_text(message.frame for message in self.messages)]
        self.answered = self.complete = True

    def add(self, message: Message) -> None:
        """Add the next message of the answer.

        Args:
            message: The response, or the next event of the list that it began.
        """
        is_item = self.answered
        if not message.is_success and message.kind is Kind.TEXT:
            is_item = False
        elif message.is_error:
            # Some lists break off with an error after their response.
            self.answered = self.complete = True
        elif self.answered:
            tag = message.get("EventList").lower()
            self.complete = tag in _LIST_ENDS or message.name.lower() in self.shape.completed_by
        else:
            self.answered = True
            self.complete = not self._begins_list(message)
        if self.abandoned or self.excess:
            return
        if self.streamed:
            if is_item and not self.complete:
                self._buffer_item(message)
            else:
                self.messages.append(message)
        else:
            self._collect(message)

    def _buffer_item(self, item: Message) -> None:
        if item.truncated_reason:
            self.excess = f"a message of the answer is {item.truncated_reason}"
            return
        self.buffered.append(item)
        self.item_count += 1
        self._size += len(item.frame)

    def _collect(self, message: Message) -> None:
        self._size += len(message.frame)
        if self._limits is not None and self.messages:  # the framer has limited the first one
            if self._size > self._limits.answer:
                self.excess = f"the answer has more than {self._limits.answer} bytes"
            elif len(self.messages) >= self._limits.items:
                self.excess = f"the answer has more than {self._limits.items} messages"
        if not self.excess:
            self.messages.append(message)

    def _begins_list(self, response: Message) -> bool:
        return self.shape.implicit_list or response.get("EventList").lower() == "start"

"""An action in flight, and what has come of its answer."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from amitypes._protocol.message import Kind, Message
from amitypes._protocol.response_shape import ResponseShape

if TYPE_CHECKING:
    from amitypes._protocol.limits import Limits

__all__ = ["Exchange"]

_LIST_ENDS: Final = frozenset({"complete", "cancelled"})


_NONE_WAIT: Final[deque[Message]] = deque()


class Exchange:
    """An action in flight, and what has come of its answer.

    Args:
        action: The action's name on the wire.
        action_id: The ActionID that the action is sent with.
        shape: What is declared of its answer.
        limits: How large the answer may be, or what may wait of one that is streamed; default: of any size.
        streamed: Whether the items of a list are taken as they come; default: False.

    Attributes:
        messages: The answer's messages so far, in wire order, the response first; without the items where it is
            streamed.
        waiting: The items of a streamed answer that nobody has taken yet.
        items: How many items of a streamed answer have come.
        answered: Whether the response itself has come.
        complete: Whether the whole answer has come.
        excess: By what the answer exceeds the limits; empty where it doesn't.
        abandoned: Whether nobody waits for the answer any more; what still comes of it is recognised and dropped.
    """

    __slots__ = (
        *("_limits", "_size", "abandoned", "action", "action_id", "answered", "complete", "excess"),
        *("items", "messages", "shape", "streamed", "waiting"),
    )

    def __init__(
        self, action: str, action_id: str, shape: ResponseShape, limits: Limits | None = None, *, streamed: bool = False
    ) -> None:
        self.action: Final = action
        self.action_id: Final = action_id
        self.shape: Final = shape
        self.streamed: Final = streamed
        self.messages: list[Message] = []
        # Shared by all that aren't streamed: nothing is put into it.
        self.waiting: Final[deque[Message]] = deque() if streamed else _NONE_WAIT
        self.items: int = 0
        self.answered: bool = False
        self.complete: bool = False
        self.excess: str = ""
        self.abandoned: bool = False
        self._limits: Final = limits
        self._size = 0

    @property
    def cut(self) -> str:
        """Why the answer isn't whole; empty where it is."""
        if self.excess:
            return self.excess
        for message in self.messages:
            if message.cut:
                return f"a message of the answer is {message.cut}"
        return ""

    @property
    def says_goodbye(self) -> bool:
        """Whether it answers a ``Logoff``."""
        response = self.messages[0]
        return not response.is_success and response.name.lower() == "goodbye"

    @property
    def collects(self) -> bool:
        """Whether a list has begun that isn't complete."""
        return self.answered and not self.complete

    @property
    def full(self) -> bool:
        """Whether as much of a streamed answer waits as may wait."""
        limits = self._limits
        return limits is not None and (len(self.waiting) >= limits.items or self._size >= limits.answer)

    def next_item(self) -> Message | None:
        """Take the next item of a streamed answer.

        Returns:
            The item; None where none waits.
        """
        if not self.waiting:
            return None
        item = self.waiting.popleft()
        self._size -= len(item.frame)
        return item

    def end(self) -> None:
        """Take what has come for the whole answer; of bare text that may be nothing."""
        if self.shape.plain_text and not self.answered:
            self.messages = [Message.of_output(message.frame for message in self.messages)]
        self.answered = self.complete = True

    def take(self, message: Message) -> None:
        """Add the next message of the answer.

        Args:
            message: The response, or the next event of the list that it opened.
        """
        is_item = self.answered
        if not message.is_success and message.kind is Kind.TEXT:
            is_item = False
        elif message.is_error:
            # Some lists break off with an error after their head.
            self.answered = self.complete = True
        elif self.answered:
            tag = message.get("EventList").lower()
            self.complete = tag in _LIST_ENDS or message.name.lower() in self.shape.completed_by
        else:
            self.answered = True
            self.complete = not self._opens_list(message)
        if self.abandoned or self.excess:
            return
        if self.streamed:
            if is_item and not self.complete:
                self._let_wait(message)
            else:
                self.messages.append(message)
        else:
            self._keep(message)

    def _let_wait(self, item: Message) -> None:
        if item.cut:
            self.excess = f"a message of the answer is {item.cut}"
            return
        self.waiting.append(item)
        self.items += 1
        self._size += len(item.frame)

    def _keep(self, message: Message) -> None:
        self._size += len(message.frame)
        if self._limits is not None and self.messages:  # the first one has a limit of its own
            if self._size > self._limits.answer:
                self.excess = f"the answer has more than {self._limits.answer} bytes"
            elif len(self.messages) >= self._limits.items:
                self.excess = f"the answer has more than {self._limits.items} messages"
        if not self.excess:
            self.messages.append(message)

    def _opens_list(self, head: Message) -> bool:
        return self.shape.implicit_list or head.get("EventList").lower() == "start"

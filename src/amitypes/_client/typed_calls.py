"""The typed calls of a client: an action goes out, and its typed response comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import uuid4

from amitypes._client.action_errors import action_error
from amitypes._client.event_api import EventAPI
from amitypes._protocol.errors import AMIError, InvalidActionError

if TYPE_CHECKING:
    from amitypes._client.config import ClientConfig
    from amitypes._client.list_stream import ListStream
    from amitypes._client.supervisor import Supervisor
    from amitypes._models.action import Action, AnyResponse_co, DeferredAction
    from amitypes._models.event import Event
    from amitypes._models.lists import ListResponse
    from amitypes._models.response import Response
    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import Message
    from amitypes._protocol.types import Headers

__all__ = ["TypedCalls"]

A = TypeVar("A", bound="Event")
B = TypeVar("B", bound="Event")
E = TypeVar("E", bound="Event")


class TypedCalls(EventAPI):
    """What a client offers for typed actions: a base class of every client.

    It builds on the event API, as the outcome of some actions comes as an event.
    """

    asterisk_version: str | None
    _config: ClientConfig
    _limits: Limits
    _supervisor: Supervisor

    async def send(self, action: Action[AnyResponse_co], *, reply_timeout: float | None = None) -> AnyResponse_co:
        """Send a typed action and wait for its whole reply.

        Args:
            action: The action, such as ``actions.Ping()``.
            reply_timeout: How long to wait for the whole reply, in seconds; default: the client's ``reply_timeout``.

        Returns:
            The response of the action's own type; a list with all its items.

        Raises:
            ActionError: The server refused the action; carries the typed response.
            UnsupportedActionError: This server has no such action.
            ActionTimeout: The reply isn't complete in time; carries what was received.
            InvalidActionError: AMI can't carry a value of the action; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its reply will not come.
        """
        name, headers = action.wire_name, action.to_headers()
        del action  # with many in flight, fewer objects for the garbage collector to visit
        messages = await self._exchange(headers, reply_timeout)
        response = self._decode_response(name, messages)
        for message in messages:
            if message.is_error:  # as a rule the only message; some lists end with one
                raise action_error(name, self.asterisk_version, message.get("Message").strip(), response)
        return cast("AnyResponse_co", response)

    @asynccontextmanager
    async def stream(
        self, action: Action[ListResponse[A, B]], *, reply_timeout: float | None = None
    ) -> AsyncGenerator[ListStream[A, B], None]:
        """Send a list action, and take the items as they come: a list of any length, in little memory.

        Entering the ``async with`` block sends the action and waits for the response. If the block ends before the
        list, the remaining items are dropped, over HTTP without reading them; no subscriber gets any of them.

        Items that come faster than they are taken are buffered undecoded, within the client's `Limits` for one reply
        (`Limits.items`, `Limits.answer`). Over TCP the client always keeps reading: when the buffer is full, iterating
        raises `QueueOverflow` after the buffered items. Over HTTP the client stops reading until items are taken; the
        server closes a connection that is not read for the ``session_inactivity`` of its http.conf, by default 30
        seconds.

        A list doesn't continue after a reconnection: it ends with `OutcomeUnknown`, after the items received before.

        Args:
            action: The action, such as ``actions.CoreShowChannels()``; type checkers refuse one that lists nothing.
            reply_timeout: How long to wait for the response, and then for each next message of the list, in seconds;
                the time spent in the block doesn't count. Default: the client's ``reply_timeout``. To limit the whole
                block, use `asyncio.timeout`.

        Yields:
            An asynchronous iterator over the items, typed as the response's ``items``. It has the ``response`` and, at
            the end of the list, the event that ends it as ``complete``.

        Raises:
            ActionError: The server refused the action, or ended the list with an error; carries that response.
            UnsupportedActionError: This server has no such action.
            ActionTimeout: Nothing was received in time.
            InvalidActionError: The action lists nothing, or AMI can't carry a value of it; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and the rest of its reply will not come.
            MessageTooLarge: A message of the reply exceeds the client's limits.
            QueueOverflow: More items came than the limits allow to buffer.

        Example:
            ```python
            async with client.stream(actions.CoreShowChannels()) as channels:
                async for channel in channels:
                    print(channel.channel)
            print(channels.complete.list_items)
            ```
        """
        from amitypes._client.list_stream import ListStream
        from amitypes._models.lists import ListResponse
        from amitypes._models.response import Response
        from amitypes._transport.list_channel import ListChannel

        name = action.wire_name
        kind = self.registry.response_class(name)
        if kind is None or not issubclass(kind, ListResponse):
            msg = f"{name}: its reply is not a list, so it can't be streamed: use send(). Nothing was sent"
            raise InvalidActionError(msg)

        def refused(message: Message) -> AMIError:
            text = message.get("Message").strip()
            return action_error(name, self.asterisk_version, text, Response.decode(message))

        timeout = self._config.reply_timeout if reply_timeout is None else reply_timeout
        list_channel = ListChannel(timeout)
        exchange = self._supervisor.exchange(action.to_headers(), timeout, list_channel)
        reply = asyncio.create_task(exchange, name=f"amitypes-{name}-{self._config.address}")
        items = ListStream(
            name,
            list_channel,
            reply,
            kind=cast("type[ListResponse[A, B]]", kind),
            events=self.registry,
            limits=self._limits,
            refused=refused,
        )
        try:
            await items.open()
            yield items
        finally:
            items.close()
            reply.cancel()
            await asyncio.wait({reply})

    async def send_and_wait(
        self, action: DeferredAction[Response | ListResponse, E], *, reply_timeout: float | None = None
    ) -> E:
        """Send an action whose reply only says that it was accepted, and wait for the event with its outcome.

        The client waits for the event from before the action is sent, and finds it by the ActionID, or by the CommandID
        of an AGI command, which both have. It makes one for an action that has none.

        Args:
            action: The action, such as ``actions.Originate(..., async_=True)``.
            reply_timeout: How long to wait for the reply, and then for the event, in seconds; default: the client's
                ``reply_timeout`` for the reply, and no limit for the event.

        Returns:
            The event of the action's own type; it says whether the action succeeded.

        Raises:
            InvalidActionError: The server would send no event, as for an Originate without Async; nothing was sent.
            TimeoutError: The event didn't come in time. The action may still be carried out.
            AMIError: As for `send`.

        Example:
            ```python
            call = actions.Originate(channel="PJSIP/alice", application="Wait", data="5", async_=True)
            outcome = await client.send_and_wait(call, reply_timeout=60)
            print(outcome.response, codes.OriginateReason.find(outcome.reason))
            ```
        """
        if action.enabled_by and not getattr(action, action.enabled_by):
            msg = f"{action.wire_name} causes {action.outcome_event} only with {action.enabled_by}=True"
            raise InvalidActionError(f"{msg}: set it, or use send(). Nothing was sent")
        by = action.correlated_by
        mark = str(getattr(action, by) or uuid4().hex)
        event = cast("type[E]", self.registry.event_class(action.outcome_event))
        outcome = self.wait_for(event, lambda candidate: getattr(candidate, by) == mark, timeout=reply_timeout)
        try:
            await self.send(action.model_copy(update={by: mark}))
        except BaseException:
            outcome.close()
            raise
        return await outcome

    def _exchange(self, headers: Headers, reply_timeout: float | None) -> Awaitable[list[Message]]:
        timeout = self._config.reply_timeout if reply_timeout is None else reply_timeout
        return self._supervisor.exchange(headers, timeout)

    def _decode_response(self, action: str, messages: Sequence[Message]) -> Response | ListResponse:
        known = self.registry.response_class(action)
        if known is None or messages[0].is_error:
            from amitypes._models.lists import ListResponse
            from amitypes._models.response import Response

            if known is None or issubclass(known, ListResponse):
                known = Response  # an error in place of the list
        return known.collect(messages, self.registry)

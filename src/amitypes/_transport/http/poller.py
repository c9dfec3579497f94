"""Events over HTTP: one ``WaitEvent`` is always under way, on a connection of its own.

The server records events for a session, and ``WaitEvent`` fetches them; what happens between two of them waits on the
server. The events in an answer that is lost on its way are lost as well, and nothing shows that: so whenever it may
have happened, a `Gap` is reported. A session without subscribers is kept from recording, so that the server doesn't
hoard events for it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AMIError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._protocol.response_shape import ResponseShape
from amitypes._transport.http.request import ActionRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEvents
    from amitypes._transport.http.sessions import HTTPSession, Recording
    from amitypes._transport.http.timings import PollTimings

__all__ = ["EventPoller"]

_log = logging.getLogger("amitypes")

_WAIT_EVENT: Final = {"waitevent": ResponseShape(frozenset({"waiteventcomplete"}), implicit_list=True)}


class EventPoller:
    """Fetches the events of one session, as long as there are subscribers.

    Args:
        where: The server's address, for errors.
        session: Sends the polls.
        recording: What the server records for the session.
        make_request: Makes the request of another action.
        mask: Which events are asked for now, as ``Events`` has it.
        limits: How large a message may be; None for any size.
        timings: The pace.
        on_events: Called with events, in order.
        on_gap: Called with a reason when events may be missing, though the connection goes on.
        on_failed: Awaited with the error that ends polling.
    """

    def __init__(
        self,
        where: str,
        session: HTTPSession,
        recording: Recording,
        *,
        make_request: Callable[[Headers], ActionRequest],
        mask: Mask,
        limits: Limits | None,
        timings: PollTimings,
        on_events: OnEvents,
        on_gap: Callable[[str], None],
        on_failed: Callable[[Exception], Awaitable[None]],
    ) -> None:
        self._where = where
        self._session = session
        self._recording = recording
        self._make_request = make_request
        self._mask = mask
        self._limits = limits
        self._timings = timings
        self._on_events = on_events
        self._on_gap = on_gap
        self._on_failed = on_failed
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._cancelled = False
        self._recorded = asyncio.Event()
        self._leaving = asyncio.Event()
        self._answered_at = 0.0

    @property
    def running(self) -> bool:
        """Whether polling has begun, and the mask didn't end it since."""
        return self._task is not None

    def start(self) -> None:
        """Begin to poll, unless that has begun, is stopped for good, or the mask is off."""
        # With the mask off, a WaitEvent would make the server record everything after all.
        if self._task is None and not self._closed and not self._is_off:
            self._recorded.clear()
            self._task = asyncio.create_task(self._run(), name=f"amitypes-{self._where}")

    async def recorded(self) -> None:
        """Wait until the server records events, so that none that an action causes is missed."""
        if self._task is not None:
            await self._recorded.wait()

    def stop(self) -> None:
        """Stop polling for good; the task is cancelled once, as a second time would disturb its cleaning up."""
        self._closed = True
        task = self._task
        if task is not None and not self._cancelled and task is not asyncio.current_task():
            self._cancelled = True
            task.cancel()

    async def wait_stopped(self) -> None:
        """Wait until the task has ended, unless it is the one that asks."""
        if self._task is not None and self._task is not asyncio.current_task():
            await asyncio.wait({self._task})

    async def fetch_last(self) -> None:
        """Fetch what the server still holds, before a logoff.

        That ends the poll that is under way: of two polls in a session, the server ends the first.
        """
        self._leaving.set()
        if self._task is None or self._task.done():
            return
        try:
            async with asyncio.timeout(self._timings.last_poll):
                request = self._poll(0, before_reading=partial(self._let_finish, self._task))
                await self._send(request)
                self._check(request)
        except (AMIError, TimeoutError) as error:
            _log.warning("%s: the last events before the logoff may be missing (%r)", self._where, error)

    @property
    def _is_off(self) -> bool:
        return self._mask().lower() == "off"

    @property
    def _wait(self) -> int:
        """How long a poll waits for events, in seconds."""
        timings, lasts = self._timings, self._recording.session_seconds
        return int(timings.wait if lasts is None else max(0, min(timings.wait, lasts - timings.session_reserve)))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        timings = self._timings
        self._session.begin_polling()
        try:
            if not self._recording.active:
                if mask := self._mask():
                    await self._set_mask(mask)
                # Starts the recording. What older Asterisks have recorded before is dropped.
                request = self._poll(0, deliver=self._deliver_if_recorded)
                await self._send(request)
                self._check(request)
            self._recorded.set()
            while not self._leaving.is_set() and not self._is_off:
                start = loop.time()
                if self._session.expires_silently and start > self._answered_at + timings.digest_session:
                    self._on_gap("no events were fetched for a while, and the server may have forgotten the session")
                found = await self._fetch()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(start + (timings.busy_pace if found else timings.idle_pace)):
                        await self._leaving.wait()
            if not self._leaving.is_set():
                # Set again, as the last poll may have undone it. When the mask changes, polling begins anew.
                await self._set_mask("off")
                self._recording.active, self._task = False, None
                loop.call_soon(self.start)
        except Exception as error:
            # Of whatever kind: subscribers would wait for ever.
            self._cancelled = True
            await self._on_failed(error)
        finally:
            self._recorded.set()

    async def _fetch(self) -> bool:
        """Fetch the events that there are, or wait for some.

        Returns:
            Whether there were any.

        Raises:
            ConnectionLost: The server can't be reached, tried twice.
            ProtocolError: The server refuses.
        """
        session_id = self._session.session_id
        request = self._poll(self._wait)
        try:
            await self._send(request)
        except ConnectionLost as error:
            if self._closed:
                raise
            # A single connection may break for many reasons; if the server is gone, the next one fails, too.
            _log.info("Waiting for events: %s Trying once more.", error)
            self._on_gap("the connection was lost while it waited for events, which may have been on their way")
            request.begin()
            await self._send(request)
        self._check(request)
        if request.exchange.is_collecting:
            self._on_gap("the answer to a WaitEvent broke off")
        elif request.evicted and not self._leaving.is_set():
            why = "another client fetched events of this session"
            if not await self._session.renew(session_id, why):
                self._on_gap(why)
        return request.events > 0

    def _poll(
        self,
        seconds: int,
        *,
        deliver: OnEvents | None = None,
        before_reading: Callable[[], Awaitable[None]] | None = None,
    ) -> ActionRequest:
        headers = [("Action", "WaitEvent"), ("Timeout", str(seconds))]
        on_events = deliver or self._deliver
        return ActionRequest(headers, _WAIT_EVENT, self._limits, on_events, polls=True, before_reading=before_reading)

    def _deliver(self, events: Iterable[RawMessage]) -> None:
        """Deliver what a poll brings, unless the mask was set to off meanwhile."""
        if not self._is_off:
            self._on_events(events)

    def _deliver_if_recorded(self, events: Iterable[RawMessage]) -> None:
        """Deliver what the first poll brings if it comes from a session that was renewed meanwhile, and records."""
        if self._recording.active:
            self._deliver(events)

    async def _set_mask(self, mask: str) -> None:
        await self._session.send_poll(self._make_request([("Action", "Events"), ("EventMask", mask)]))

    async def _send(self, request: ActionRequest) -> None:
        margin = self._timings.wait_margin
        try:
            async with asyncio.timeout(self._wait + margin):
                await self._session.send_poll(request)
        except TimeoutError:
            msg = f"{self._where}: WaitEvent isn't answered, {margin:g} s after its time."
            raise ConnectionLost(msg) from None
        except OutcomeUnknown as error:
            msg = f"The connection to {self._where} was lost while it waited for events ({error.__cause__})."
            raise ConnectionLost(msg) from error
        self._answered_at = asyncio.get_running_loop().time()
        if request.exchange.complete:
            self._recording.complete_until = request.replied_at

    def _check(self, request: ActionRequest) -> None:
        messages = request.exchange.messages
        if messages and messages[0].is_error:
            text = messages[0].get("Message")
            kind = ConnectionLost if "shutting down" in text.lower() else ProtocolError
            msg = f"{self._where}: no events can be had, as Asterisk answers WaitEvent with {text!r}"
            raise kind(msg)

    async def _let_finish(self, task: asyncio.Task[None]) -> None:
        """Wait until the replaced poll's answer has been read: its events come first."""
        await asyncio.wait({task}, timeout=self._timings.replaced_poll)
        self.stop()

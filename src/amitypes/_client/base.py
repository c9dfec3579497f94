"""A client's connection, and the call that sends any action: the base of `TCPClient` and `HTTPClient`.

The rest of a client is in its base classes: `TypedCalls`, `EventAPI` and `DictCalls`.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from amitypes._client.config import ClientConfig, redact_setting
from amitypes._client.connection import set_filter
from amitypes._client.dict_calls import DictCalls, Request
from amitypes._client.supervisor import State, Supervisor
from amitypes._client.typed_calls import TypedCalls
from amitypes._events.dispatcher import Dispatcher
from amitypes._protocol.errors import AMIError, AuthenticationError
from amitypes._protocol.event_filter import EventFilter
from amitypes._protocol.headers import as_dict, as_headers
from amitypes._protocol.limits import Limits

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from amitypes._protocol.message import Message
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import WireDict
    from amitypes._transport.base import OnEnd, OnEvents, OnGap, Transport

__all__ = ["BaseClient"]

_log = logging.getLogger("amitypes")

_DRAIN_TIMEOUT: Final = 5.0
"""How long `close` waits for handlers to finish, in seconds."""
_VERSION_TIMEOUT: Final = 2.0
"""How long `connect` waits for the server's version, in seconds."""


class BaseClient(TypedCalls, DictCalls):
    """A client of one AMI server: the base of `TCPClient` and `HTTPClient`.

    Args:
        config: The settings.

    Attributes:
        host: The server's name or address.
        port: The port in use.
        asterisk_version: The server's version (``CoreSettings``), once connected; None if the server doesn't say, as
            for users without the privileges ``system`` or ``reporting``.
    """

    response_shapes: ClassVar[Mapping[str, ResponseShape]]
    """How the replies to some actions end."""

    def __init__(self, config: ClientConfig) -> None:
        self.host: Final = config.host
        self.port: Final = config.used_port
        self.asterisk_version = None
        self._config = config
        self._context = config.tls_context()
        self._limits = config.limits or Limits()
        self._dispatcher = Dispatcher(self.registry, config.backlog, self._limits)
        self._supervisor = Supervisor(
            config.address,
            self._make_transport,
            dispatcher=self._dispatcher,
            rules=config.event_rules(),
            reconnect=config.reconnect_settings,
            max_silence=config.max_silence,
            timeout=config.timeout,
            on_reconnected=self._ask_version,
        )

    def __repr__(self) -> str:
        """The server's address, and whether it is connected; never a secret."""
        if "_supervisor" not in vars(self):
            return f"<{type(self).__name__}>"  # in a traceback, when its settings are refused
        state = self.state if self.state in {"connected", "reconnecting"} else "not connected"
        return f"<{type(self).__name__} {self.host}:{self.port}, {state}>"

    @abstractmethod
    def _make_transport(self, on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Transport:
        """Make a transport for one connection."""

    # The connection

    @property
    def state(self) -> State:
        """The state of the connection.

        ``disconnected``, ``connecting``, ``connected``, ``reconnecting`` after a loss, or ``closed``; a hook of
        `on_state` gets each change.
        """
        return self._supervisor.state

    @property
    def ami_version(self) -> str | None:
        """AMI's version, such as ``11.0.0``, from the server's greeting; None before that, and over HTTP."""
        return self._supervisor.transport.ami_version if self._supervisor.transport else None

    async def connect(self, username: str | None = None, password: str | None = None) -> list[WireDict]:
        """Connect and log in. A failure is raised at once: only a connection that is lost later is made again.

        Args:
            username: The manager user; default: the one given to the client.
            password: The user's secret; default: the one given to the client.

        Returns:
            The server's reply: ``[{"Response": "Success", "Message": "Authentication accepted"}]``.

        Raises:
            AuthenticationError: The server refuses the login; carries its reply.
            ConnectionLost: The server can't be reached.
            ProtocolError: The peer doesn't speak AMI.

        Source: the AMI action ``Login``.
        """
        password = redact_setting(password)
        name = self._config.username if username is None else username
        secret = self._config.password if password is None else password
        if name is None or secret is None:
            msg = "A login needs username and password: give them to connect() or to the client"
            raise AuthenticationError(msg)
        messages = await self._supervisor.connect(name, secret)
        try:
            await self._ask_version()
        except BaseException:
            await self.close()
            raise
        return _as_dicts(messages, with_action_id=False)

    def reconnect_now(self) -> None:
        """Try to reconnect at once, and start the delays again, as when the network is known to have returned.

        Does nothing unless the state is ``reconnecting``.
        """
        self._supervisor.retry_now()

    async def logoff(self) -> list[WireDict]:
        """Log off and close the connection. Events received before are still handled; then iterators end.

        Returns:
            The server's reply: ``[{"Response": "Goodbye", "Message": "Thanks for all the fish."}]``.

        Raises:
            ConnectionLost: There is no connection.

        Source: the AMI action ``Logoff``.
        """
        try:
            return await self.ami_request({"Action": "Logoff"})
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the connection without logging off, or stop connecting. Closing twice is a no-op."""
        try:
            await self._supervisor.close()
        finally:
            self._dispatcher.end()
        await self._dispatcher.drain(_DRAIN_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Connect with the username and password given to the client."""
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Log off; only close if the block failed or the connection is lost."""
        if self.state != "connected" or error is not None:
            await self.close()
            return
        try:
            await self.logoff()
        except AMIError as problem:
            _log.debug("Not logged off: %s", problem)

    def on_state(self, hook: Callable[[State], None]) -> Callable[[State], None]:
        """Call a function with each new state of the connection, at once; it must not block.

        For longer work, or to know the place of a change among the events, subscribe to ``notices.Connected`` and
        ``notices.Disconnected`` instead.

        Args:
            hook: The function. What it raises is logged.

        Returns:
            The function, so that this serves as a decorator.
        """
        self._supervisor.hooks.append(hook)
        return hook

    async def add_filter(self, event_filter: EventFilter, *, reply_timeout: float | None = None) -> None:
        """Make the server filter the events that it sends, from now on and after each reconnection.

        A filter can't be removed: without it, another client has to connect.

        Args:
            event_filter: The filter.
            reply_timeout: How long to wait for the reply, in seconds; default: the client's ``reply_timeout``.

        Raises:
            ActionError: The server refuses the filter, or is too old to know such a filter.
            AMIError: As for any action.

        Source: the AMI action ``Filter``.
        """
        await set_filter(
            event_filter.to_headers(),
            self.asterisk_version or "",
            lambda headers: self._exchange(headers, reply_timeout),
        )

    # Any action

    async def ami_request(self, action: Request, *, reply_timeout: float | None = None) -> list[WireDict]:
        """Send any action with any headers, also one without a typed call.

        Args:
            action: The headers, ``Action`` among them; a list of strings is sent as repeated headers.
            reply_timeout: How long to wait for the whole reply, in seconds; default: the client's ``reply_timeout``.

        Returns:
            The messages of the reply with the wire's names, a repeated header as a list; an ActionID only if `action`
            has one. ``Response: Error`` is returned like any other reply.

        Raises:
            ActionTimeout: The reply isn't complete in time; carries what was received.
            InvalidActionError: AMI can't carry this action; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its reply will not come.
        """
        headers = as_headers(action)
        del action  # which a traceback would show, secrets included
        messages = await self._exchange(headers, reply_timeout)
        return _as_dicts(messages, with_action_id="actionid" in [name.lower() for name, _ in headers])

    # Inside

    async def _ask_version(self) -> None:
        # A failure is no reason to disconnect: some users may not ask, and some AMI servers are no Asterisk.
        try:
            reply = await self.ami_request({"Action": "CoreSettings"}, reply_timeout=_VERSION_TIMEOUT)
        except AMIError as error:
            _log.debug("The version of %s is unknown: %s", self._config.address, error)
            return
        version = reply[0].get("AsteriskVersion")
        self.asterisk_version = version if isinstance(version, str) else None

    def _want_events(self) -> None:
        if self._dispatcher and self._supervisor.transport is not None:
            self._supervisor.transport.want_events()


def _as_dicts(messages: Iterable[Message], *, with_action_id: bool) -> list[WireDict]:
    if with_action_id:
        return [message.as_dict() for message in messages]
    return [as_dict([header for header in message.headers if header[0].lower() != "actionid"]) for message in messages]

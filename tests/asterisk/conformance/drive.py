"""One scenario's hold on a server: it asks, calls, waits, and counts everything that arrives."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from amitypes import ActionError, UnsupportedActionError, actions, events
from tests.asterisk.clients import hang_up, make
from tests.asterisk.conformance import sipp
from tests.asterisk.recorder import relay
from tests.asterisk.server import CONFIG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from amitypes._models.action import AnyResponse_co
    from amitypes.actions import Action
    from amitypes.responses import ListResponse, Response
    from tests.asterisk.clients import Client, Transport
    from tests.asterisk.conformance.observations import Observations
    from tests.asterisk.server import AsteriskServer

    AnyAction: TypeAlias = Action[Response] | Action[ListResponse] | Action[Response | ListResponse]

ADDITIONS: Final = Path(__file__).with_name("config")
CONTEXT: Final = "conformance"
SECONDS: Final = 15.0
"""How long anything may take that a scenario waits for."""

_NUMBERS: Final = itertools.count(1)

E = TypeVar("E", bound=events.Event)


class Drive:
    """What a scenario works with.

    Attributes:
        server: The server, for this drive alone.
        client: A client that may do everything.
        seen: What has arrived in this scenario.
        offered: The names of the server's actions, in lower case.
    """

    def __init__(self, server: AsteriskServer, client: Client, offered: frozenset[str], seen: Observations) -> None:
        self.server: Final = server
        self.client: Final[Client] = client
        self.seen: Final = seen
        self.offered: Final = offered
        self._expected: list[asyncio.Task[events.Event]] = []

    @property
    def version(self) -> int:
        """The server's branch."""
        return int(self.server.version)

    def offers(self, action: type[Action[Response] | Action[ListResponse]] | str) -> bool:
        """Whether the server has an action."""
        name = action if isinstance(action, str) else action.wire_name
        return name.lower() in self.offered

    async def do(self, action: Action[AnyResponse_co], *, timeout: float = SECONDS) -> AnyResponse_co:
        """Ask for what the server must do; its answer is counted."""
        try:
            answer = await self.client.send(action, reply_timeout=timeout)
        except ActionError as error:
            self._count(action.wire_name, error.response)
            raise
        self._count(action.wire_name, answer)
        return answer

    async def attempt(self, action: AnyAction, *, timeout: float = SECONDS) -> bool:
        """Ask for what the server may refuse; its answer is counted either way.

        Returns:
            Whether the server did it. False without asking where it has no such action.
        """
        if not self.offers(action.wire_name):
            return False
        try:
            await self.do(action, timeout=timeout)
        except UnsupportedActionError as error:
            msg = f"the server lists {action.wire_name} and says that it has no such action"
            raise AssertionError(msg) from error
        except ActionError:
            return False
        return True

    async def refused(self, action: AnyAction) -> None:
        """Ask for what the server must refuse."""
        assert not await self.attempt(action), f"{action!r} was not refused"

    def _count(self, action: str, answer: Response | ListResponse) -> None:
        declared = self.client.registry.response_class(action)
        assert declared is not None, action
        self.seen.answer(action, declared, answer)

    def expect(
        self, event: type[E], predicate: Callable[[E], bool] | None = None, *, timeout: float = SECONDS
    ) -> asyncio.Task[E]:
        """Look out for an event from now on; await it when it is due."""
        task = asyncio.create_task(self.client.wait_for(event, predicate, timeout=timeout))
        self._expected.append(task)
        return task

    async def originate(self, channel: str, application: str = "Wait", data: str = "30", **more: object) -> None:
        """Place a call to a channel that then runs an application; the answer comes at once."""
        fields = {"channel": channel, "async_": True, **more}
        if "exten" not in more:
            fields |= {"application": application, "data": data}
        await self.do(actions.Originate.model_validate(fields))

    async def call(self, extension: str, application: str = "Wait", data: str = "30", **more: object) -> str:
        """Call an extension of the drive's dialplan, and wait until it has answered.

        Returns:
            The channel that the application runs on; its other half, with `;2`, runs the extension.
        """
        uniqueid = f"call-{next(_NUMBERS)}"
        made = self.expect(events.Newchannel, lambda event: event.uniqueid == uniqueid)
        answered = self.expect(events.OriginateResponse, lambda event: event.uniqueid == uniqueid)
        channel = f"Local/{extension}@{CONTEXT}/n"
        await self.originate(channel, application, data, channel_id=uniqueid, other_channel_id=f"{uniqueid}-2", **more)
        response = await answered
        assert response.response == "Success", response.raw
        return (await made).channel

    async def run(self, extension: str) -> None:
        """Call an extension and wait until that call is over."""
        hangups = self.client.events(events.Hangup)
        channel = await self.call(extension)
        async with asyncio.timeout(SECONDS), hangups:
            async for event in hangups:
                if event.channel == channel:
                    break

    async def cli(self, command: str) -> list[str]:
        """Run a command of the server's console, by AMI."""
        return (await self.do(actions.Command(command=command))).output

    async def set_global(self, name: str, value: str) -> None:
        """Set a global variable of the dialplan."""
        await self.do(actions.Setvar(variable=name, value=value))

    def telephone(
        self,
        scenario: str,
        extension: str = "",
        *,
        host: str = sipp.HOST,
        port: int = 0,
        server_port: int = 0,
        keys: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[sipp.Telephone]:
        """A telephone that plays a scenario of the folder sipp: with PJSIP unless another port is given."""
        return sipp.telephone(
            scenario,
            self.server.folder / "log",
            server_port or self.server.sip_port,
            extension=extension,
            host=host,
            port=port,
            keys=keys or {},
        )

    async def channels(self) -> list[events.CoreShowChannel]:
        """The channels there are."""
        return list((await self.do(actions.CoreShowChannels())).items)

    async def hang_up(self) -> None:
        """End every call and wait until the channels are gone."""
        await hang_up(self.client)

    async def forget(self) -> None:
        """Look out no longer for what hasn't come."""
        for task in self._expected:
            task.cancel()
        await asyncio.gather(*self._expected, return_exceptions=True)


def configuration() -> dict[str, str]:
    """The files that differ from those of the other tests' servers."""
    files = {}
    for addition in ADDITIONS.glob("*.conf"):
        base = CONFIG / addition.name
        before = base.read_text(encoding="utf-8") if base.exists() else ""
        files[addition.name] = before + addition.read_text(encoding="utf-8")
    return files


@asynccontextmanager
async def drive(
    server: AsteriskServer, seen: Observations, transport: Transport = "tcp", *, recording: Path | None = None
) -> AsyncIterator[Drive]:
    """A drive on a server, with everything that arrives counted; it leaves no call behind.

    Args:
        server: The server.
        seen: What counts.
        transport: How it is asked.
        recording: The file that gets every byte which the server sends to the drive over TCP; none by default.
    """
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(relay(server.host, server.ami_port, recording)) if recording else None
        client = make(server, transport, port=port)

        @client.on(events.Event)
        async def count(event: events.Event) -> None:
            seen.event(event)

        await stack.enter_async_context(client)
        offered = (await client.actions.list_commands()).commands
        held = Drive(server, client, frozenset(name.lower() for name in offered), seen)
        try:
            yield held
        finally:
            await held.forget()
            async with asyncio.timeout(SECONDS):
                await held.hang_up()

"""Modules loaded, unloaded and reloaded; logs rotated; a server shut down."""

from __future__ import annotations

import asyncio

from amitypes import TCPClient, actions, events, responses
from tests.asterisk.conformance.drive import Drive
from tests.asterisk.server import AsteriskServer


async def loaded(drive: Drive) -> None:
    for load_type, kind in (("unload", events.Unload), ("load", events.Load), ("reload", events.Reload)):
        come = drive.expect(kind)
        module = "app_queue.so" if load_type == "reload" else "app_milliwatt.so"
        await drive.do(actions.ModuleLoad(load_type=load_type, module=module))
        await come
    await drive.do(actions.ModuleCheck(module="app_queue"))
    await drive.refused(actions.ModuleCheck(module="none"))
    await drive.refused(actions.ModuleLoad(load_type="load", module="none.so"))
    await drive.refused(actions.ModuleLoad(load_type="strange", module="app_queue.so"))
    second = drive.expect(events.UnknownEvent, lambda event: not event.event)
    await drive.refused(actions.ModuleLoad(load_type="load"))  # answered twice
    assert (await second).raw["Response"] == "Error"
    reload = drive.expect(events.Reload)
    await drive.do(actions.Reload(module="app_queue"))
    await reload


async def logs(drive: Drive) -> None:
    await drive.do(actions.LoggerRotate())
    await drive.do(actions.Reload(module="logger"))


async def settings(drive: Drive) -> None:
    await drive.do(actions.CoreSettings())
    await drive.do(actions.CoreStatus())
    await drive.do(actions.ListCommands())
    await drive.do(actions.Ping())
    await drive.do(actions.Command(command="core show version"))
    await drive.refused(actions.Command(command="no such command"))
    await drive.do(actions.ShowDialPlan())
    await drive.do(actions.ShowDialPlan(context="conformance", extension="wait"))
    await drive.refused(actions.ShowDialPlan(context="none"))


async def shut_down(drive: Drive) -> None:
    """Another server, as it ends with this; and the goodbye of one who leaves before."""
    account = drive.server.users["hello"]
    with AsteriskServer(drive.server.version) as server:
        leaver, stayer = (
            TCPClient(server.host, server.ami_port, username=account.username, password=account.secret)
            for _ in range(2)
        )
        await leaver.connect()
        drive.seen.answer("Logoff", responses.Logoff, await leaver.send(actions.Logoff()))
        await leaver.close()
        await stayer.connect()
        ended = stayer.wait_for(events.Shutdown, timeout=15)
        await asyncio.to_thread(server.stop)
        drive.seen.event(await ended)
        await stayer.close()


SCENARIOS = (loaded, logs, settings, shut_down)

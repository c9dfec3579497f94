"""Every action that the server has, with nothing and with nonsense: whatever it answers is declared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes import actions
from amitypes.errors import ConnectionLost
from tests.asterisk.clients import TRANSPORTS
from tests.asterisk.conformance.drive import SECONDS, Drive, drive
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from amitypes.actions import Action
    from amitypes.responses import ListResponse, Response
    from tests.asterisk.clients import Transport

    AnyAction: TypeAlias = Action[Response | ListResponse]

_LEFT_OUT: Final = frozenset({"logoff", "events", "filter", "loggerrotate", "login", "waitevent", "dahdirestart"})
"""What would end or deafen the drive, or takes its time."""


def _with_nonsense(transport: Transport) -> Callable[[Drive], Awaitable[None]]:
    async def with_nonsense(held: Drive) -> None:
        async with drive(held.server, held.seen, transport) as other:
            for name in sorted(other.offered - _LEFT_OUT):
                await _attempt(other, nonsense(actions.by_name(name)))

    with_nonsense.__name__ = f"with_nonsense_over_{transport}"
    return with_nonsense


async def with_nothing(drive: Drive) -> None:
    """Without even what they require, which the models wouldn't send by themselves."""
    for name in sorted(drive.offered - _LEFT_OUT):
        kind = actions.by_name(name)
        await _attempt(drive, kind.model_construct(**dict.fromkeys(kind.model_fields)))


async def _attempt(drive: Drive, action: AnyAction) -> None:
    """Send an action; the client reconnects if the server closes the connection, as when it reloads all modules."""
    try:
        await drive.attempt(action)
    except ConnectionLost as error:
        if "the server closed the connection" not in str(error):
            raise
        await wait_until(lambda: drive.client.state == "connected", timeout=SECONDS)


def nonsense(kind: type[AnyAction]) -> AnyAction:
    """An action with its required parameters only, none of which makes sense."""
    values: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        if name == "level":
            values[name] = "on"
        elif field.is_required():
            values[name] = _of(field.annotation)
    return kind.model_validate(values)


def _of(annotation: object) -> object:
    text = str(annotation)
    if "bool" in text:
        return False
    if "timedelta" in text:
        return timedelta(seconds=1)
    if "datetime" in text:
        return datetime.now(UTC)
    if "int" in text or "float" in text:
        return 1
    if "Mapping" in text or "dict" in text:
        return {"Nonsense": "nonsense"}
    if "list" in text:
        return ["nonsense"]
    return "nonsense"


SCENARIOS = (*map(_with_nonsense, TRANSPORTS), with_nothing)

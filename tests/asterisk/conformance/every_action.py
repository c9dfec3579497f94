"""Every action that the server has, with nonsense: whatever it answers is declared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes import actions
from tests.asterisk.conformance.drive import Drive

if TYPE_CHECKING:
    from amitypes.models import Action, ListResponse, Response

    AnyAction: TypeAlias = Action[Response | ListResponse]

_LEFT_OUT: Final = frozenset({"logoff", "events", "filter", "loggerrotate", "login", "waitevent", "dahdirestart"})
"""What would end or deafen the drive, or takes its time."""


async def with_nonsense(drive: Drive) -> None:
    for name in sorted(drive.offered):
        if name not in _LEFT_OUT:
            await drive.attempt(nonsense(actions.by_name(name)))


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


SCENARIOS = (with_nonsense,)

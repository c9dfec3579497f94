"""A channel of a fake Asterisk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Channel", "or_unknown"]

_STATES: Final = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up", 7: "Busy"}


def or_unknown(value: str) -> str:
    """A text as events show it.

    Args:
        value: The text.

    Returns:
        The text, or ``<unknown>`` if it is empty.
    """
    return value or "<unknown>"


@dataclass(eq=False)
class Channel:
    """A channel, with what events show of it."""

    name: str
    uniqueid: str
    linkedid: str
    context: str
    exten: str
    state: int = 0
    priority: int = 1
    caller_number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    account: str = ""
    application: str = ""
    data: str = ""
    created: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def snapshot(self, prefix: str = "") -> list[tuple[str, str]]:
        """The headers that describe the channel in every event.

        Args:
            prefix: Precedes each name, such as ``Dest``; default: none.

        Returns:
            The headers.
        """
        headers = [
            ("Channel", self.name),
            ("ChannelState", str(self.state)),
            ("ChannelStateDesc", _STATES[self.state]),
            ("CallerIDNum", or_unknown(self.caller_number)),
            ("CallerIDName", or_unknown(self.caller_name)),
            ("ConnectedLineNum", or_unknown(self.connected_number)),
            ("ConnectedLineName", or_unknown(self.connected_name)),
            ("Language", "en"),
            ("AccountCode", self.account),
            ("Context", self.context),
            ("Exten", self.exten),
            ("Priority", str(self.priority)),
            ("Uniqueid", self.uniqueid),
            ("Linkedid", self.linkedid),
        ]
        return [(prefix + name, value) for name, value in headers]

    @property
    def duration(self) -> str:
        """The time since the channel was created, as ``HH:MM:SS``."""
        seconds = int(asyncio.get_running_loop().time() - self.created)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"

"""The prose of a documentation, as plain text: synopses and descriptions of actions, events and parameters.

It is Asterisk's text under GPL-2.0. It goes only into packages that users generate from the XML of their own server,
never into a spec.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The prose of an action or an event.

    Attributes:
        synopsis: One line.
        description: Paragraphs with an empty line between them; list entries begin with ``- ``.
        parameters: The description of each parameter by name; of nested ones by ``Outer/Inner``. Parameters without
            a description are absent.
    """

    synopsis: str = ""
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """The prose of a documentation.

    Attributes:
        actions: By the action's name.
        events: By the event's name.
    """

    actions: Mapping[str, Text]
    events: Mapping[str, Text]

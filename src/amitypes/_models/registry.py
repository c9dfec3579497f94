"""Finds the classes of a generated package by their names on the wire, and imports each at its first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

from amitypes._protocol.event_prefix import CACHE_SIZE, PREFIX_LENGTH, event_prefix
from amitypes._protocol.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from amitypes._models.action import Action
    from amitypes._models.event import Event
    from amitypes._models.lists import ListResponse
    from amitypes._models.response import Response
    from amitypes._protocol.message import RawMessage

__all__ = ["Registry"]

Group = Literal["actions", "events", "responses"]


class Registry:
    """The classes of one generated package.

    A generated package has the subpackages ``actions``, ``events`` and ``responses``. In each, ``BY_NAME`` maps wire
    names in lower case to the names of its classes. In ``_events.families``, ``FAMILIES`` maps the names of families to
    the wire names of their events.

    Args:
        package: The package's import name.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self._events: dict[str, type[Event]] = {}
        self._decoders: dict[bytes, Callable[[bytes], Event]] = {}
        self._responses: dict[str, type[Response | ListResponse]] = {}

    def action_class(self, name: str) -> type[Action] | None:
        """The class of an action.

        Args:
            name: The action's name on the wire, in any case.

        Returns:
            The class; None if the package has no such action.
        """
        return cast("type[Action] | None", self._load("actions", name))

    def event_class(self, name: str) -> type[Event] | None:
        """The class of an event.

        Args:
            name: The event's name on the wire, in any case.

        Returns:
            The class; None if the package has no such event.
        """
        found = self._events.get(name)
        if found is None:
            found = cast("type[Event] | None", self._load("events", name))
            if found is not None and name in {found.wire_name, found.wire_name.lower()}:
                self._events[name] = found
        return found

    def family(self, name: str) -> frozenset[str] | None:
        """The events of a family. Imports no class.

        Args:
            name: The name of the family's class.

        Returns:
            Their names on the wire in lower case, or None if the package has no such family.
        """
        families: Mapping[str, Iterable[str]] = import_module(f"{self.package}._events.families").FAMILIES
        found = families.get(name)
        return None if found is None else frozenset(found)

    def response_class(self, name: str) -> type[Response | ListResponse] | None:
        """The class of the response to an action.

        Args:
            name: The action's name on the wire, in any case.

        Returns:
            The class; None if the package has no such action.
        """
        found = self._responses.get(name)
        if found is None:
            found = cast("type[Response | ListResponse] | None", self._load("responses", name))
            if found is not None and name == found.wire_name:
                self._responses[name] = found
        return found

    def event(self, event: RawMessage) -> Event:
        """Decode an event: a `Message` once, so that all callers get the same model, and bytes each time.

        Args:
            event: The event as it came.

        Returns:
            The event, as `decode_event` returns it.
        """
        if isinstance(event, bytes):
            decode = self._decoders.get(event[:PREFIX_LENGTH]) or self._find_decoder(Message(event))
            return decode(event)
        if event.decoded is None:
            event.decoded = self.decode_event(event)
        return cast("Event", event.decoded)

    def decode_event(self, message: Message) -> Event:
        """Decode an event to the class that its name stands for.

        Args:
            message: The event.

        Returns:
            The event; an `UnknownEvent` where the package has no class of this name.
        """
        return self._class_of(message).decode(message)

    def _class_of(self, message: Message) -> type[Event]:
        if (kind := self.event_class(message.name)) is not None:
            return kind
        from amitypes._models.event import UnknownEvent

        return UnknownEvent

    def _find_decoder(self, message: Message) -> Callable[[bytes], Event]:
        """The function that decodes events with a message's first bytes; cached by these bytes."""
        decode = self._class_of(message).decode
        if len(self._decoders) < CACHE_SIZE and (prefix := event_prefix(message.frame)):
            self._decoders[prefix] = decode
        return decode

    def _load(self, group: Group, name: str) -> object | None:
        module = import_module(f"{self.package}.{group}")
        by_name: Mapping[str, str] = module.BY_NAME
        class_name = by_name.get(name.lower())
        return None if class_name is None else cast("object", getattr(module, class_name))

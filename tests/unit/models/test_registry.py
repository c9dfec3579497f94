"""Finding classes by their names on the wire."""

from __future__ import annotations

from amitypes._models.event import UnknownEvent
from amitypes._models.registry import Registry
from tests.unit.models.messages import message
from tests.unit.sample import REGISTRY, Items, ItemsResponse, Sample


def test_classes_are_found_in_any_case() -> None:
    assert REGISTRY.event_class("SAMPLE") == REGISTRY.event_class("sample") == Sample
    assert REGISTRY.action_class("items") == Items
    assert REGISTRY.response_class("ITEMS") == ItemsResponse
    assert REGISTRY.event_class("Nothing") is None
    assert REGISTRY.action_class("Nothing") is None


def test_an_event_without_a_class_is_an_unknown_event() -> None:
    event = REGISTRY.decode_event(message("Event: Undocumented\nFoo: bar\nPrivilege: user,all"))
    assert type(event) is UnknownEvent
    assert (event.event, event.privilege) == ("Undocumented", "user,all")
    assert event.model_extra == {"Foo": "bar"}


def test_the_registry_knows_the_events_of_a_family() -> None:
    registry = Registry("amitypes._generated")
    assert registry.family("DialEvent") == frozenset({"dialbegin", "dialend", "dialstate"})
    assert registry.family("Hangup") is None

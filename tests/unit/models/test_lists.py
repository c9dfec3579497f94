"""Responses that list."""

from __future__ import annotations

from amitypes._models.event import UnknownEvent
from amitypes._models.issue import Issue
from tests.unit.models.messages import message
from tests.unit.sample import REGISTRY, Item, ItemsComplete, ItemsResponse

LIST = [
    message("Response: Success\nActionID: 7\nEventList: start\nMessage: will follow"),
    message("Event: Item\nActionID: 7\nNumber: 1"),
    message("Event: Stray\nFoo: bar"),
    message("Event: item\nActionID: 7\nNumber: two"),
    message("Event: ItemsComplete\nEventList: Complete\nListItems: 2"),
]


def test_a_list_has_items_a_completion_and_other_events() -> None:
    listing = ItemsResponse.collect(LIST, REGISTRY)
    assert [item.number for item in listing.items] == [1, None]
    assert all(type(item) is Item for item in listing.items)
    assert type(listing.complete) is ItemsComplete
    assert listing.complete.list_items == 2
    assert [type(other) for other in listing.others] == [UnknownEvent]
    assert (listing.message, listing.action_id) == ("will follow", "7")
    assert listing.raw == LIST[0].as_dict()
    assert listing.issues == (Issue("Number", "two", "not an integer"),)


def test_a_list_may_have_no_items() -> None:
    listing = ItemsResponse.collect([LIST[0], LIST[-1]], REGISTRY)
    assert (listing.items, listing.others, listing.complete.list_items) == ([], [], 2)


def test_a_list_without_a_completion_has_an_empty_one() -> None:
    listing = ItemsResponse.collect(LIST[:2], REGISTRY)
    assert [item.number for item in listing.items] == [1]
    assert type(listing.complete) is ItemsComplete
    assert listing.complete.raw == {}
    assert listing.complete.model_extra == {}


def test_a_cancelled_list_has_its_completion() -> None:
    listing = ItemsResponse.collect([*LIST[:2], message("Event: Gone\nEventList: cancelled")], REGISTRY)
    assert len(listing.items) == 1
    assert listing.complete.event == "Gone"


def test_a_dumped_list_has_the_fields_of_its_items() -> None:
    listing = ItemsResponse.collect(LIST[:2], REGISTRY)
    assert listing.model_dump()["items"][0]["number"] == 1

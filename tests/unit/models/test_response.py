"""Responses."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import ClassVar

from amitypes._models.codec import Header
from amitypes._models.response import Response
from tests.unit.models.messages import message
from tests.unit.sample import REGISTRY, Counted, Item


def test_a_response_has_status_message_and_output() -> None:
    response = Response.collect(
        [message("Response: Success\nActionID: 7\nMessage: done\nOutput: a\nOutput:   b")], REGISTRY
    )
    assert (response.response, response.message, response.action_id) == ("Success", "done", "7")
    assert response.output == ["a", "  b"]
    assert response.events == ()


def test_events_that_come_with_a_response_are_decoded() -> None:
    response = Response.collect([message("Response: Success"), message("Event: Item\nNumber: 1")], REGISTRY)
    assert [type(event) for event in response.events] == [Item]
    assert copy.copy(response).events == response.events


def test_a_second_message_header_is_the_declared_one() -> None:
    class Told(Response):
        wire_headers: ClassVar[Mapping[str, Header]] = {"State": Header("state"), "Message": Header("message_")}
        state: str = ""
        message_: str = ""

    head = "Response: Success\nActionID: 1\nMessage: Told\nState: away"
    answer = Told.decode(message(f"{head}\nMessage: at lunch"))
    assert (answer.message, answer.message_, answer.issues) == ("Told", "at lunch", ())
    silent = Told.decode(message(head))
    assert (silent.message, silent.message_, silent.issues) == ("Told", "", ())


def test_an_error_has_no_missing_headers() -> None:
    refused = Counted.decode(message("Response: Error\nMessage: no"))
    assert vars(refused)["count"] is None
    assert (refused.message, refused.issues, refused.missing) == ("no", (), ())
    assert Counted.decode(message("Response: Success")).missing == ("Count",)

"""A small package of models, as the generator would write it, for tests that want to know every header."""
# ruff: noqa: PYI051, RUF012 - as generated models are

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import ClassVar, Literal

from pydantic import SecretStr

from amitypes._models.action import Action
from amitypes._models.codec import Header
from amitypes._models.codecs import (
    family,
    integer,
    mapping,
    nested_family,
    number,
    secret,
    strings,
    variables,
    yes_no,
)
from amitypes._models.event import Event
from amitypes._models.lists import ListResponse
from amitypes._models.registry import Registry
from amitypes._models.response import Response


class Sample(Event):
    """Every shape that a header can have."""

    wire_name: ClassVar[str] = "Sample"
    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Channel": Header("channel"),
        "Cause": Header("cause", integer),
        "Jitter": Header("jitter", number),
        "Paused": Header("paused", yes_no),
        "Secret": Header("secret", secret),
        "Mode": Header("mode"),
        "Module": Header("modules", strings),
        "ChanVariable": Header("chan_variable", mapping),
        "Category-000000": Header("categories", family()),
        "UnitAmount(0)": Header("unit_amount", family(integer)),
        "Line-000000-000000": Header("lines", nested_family()),
    }
    channel: str = ""
    cause: int | None = None
    jitter: float | None = None
    paused: bool | None = None
    secret: SecretStr | None = None
    mode: Literal["ring", "busy"] | str = ""
    modules: list[str] = []
    chan_variable: dict[str, str] = {}
    categories: list[str] = []
    unit_amount: list[int] = []
    lines: list[list[str]] = []


class Strict(Event):
    """Declares more than the wire holds to."""

    wire_name: ClassVar[str] = "Strict"
    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Count": Header("count", integer),
        "Mode": Header("mode"),
        "Other": Header("other"),
    }
    count: int
    mode: Literal["ring", "busy"] = "ring"
    other: str = ""


class Counted(Response):
    """Has a header in every answer."""

    wire_name: ClassVar[str] = "Counted"
    wire_headers: ClassVar[Mapping[str, Header]] = {"Count": Header("count", integer)}
    count: int


class Item(Event):
    wire_name: ClassVar[str] = "Item"
    wire_headers: ClassVar[Mapping[str, Header]] = {"Number": Header("number", integer)}
    number: int | None = None


class ItemsComplete(Event):
    wire_name: ClassVar[str] = "ItemsComplete"
    wire_headers: ClassVar[Mapping[str, Header]] = {"ListItems": Header("list_items", integer)}
    list_items: int | None = None


class ItemsResponse(ListResponse[Item, ItemsComplete]):
    wire_name: ClassVar[str] = "Items"
    item_events: ClassVar[tuple[str, ...]] = ("Item",)
    complete_event: ClassVar[str] = "ItemsComplete"


class Items(Action[ItemsResponse]):
    wire_name: ClassVar[str] = "Items"


class Call(Action[Response]):
    wire_name: ClassVar[str] = "Call"
    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Channel": Header("channel"),
        "Priority": Header("priority", integer),
        "Async": Header("async_", yes_no),
        "Secret": Header("secret", secret),
        "Codec": Header("codecs", strings),
        "Variable": Header("variable", variables),
        "Action-000000": Header("actions", family()),
    }
    channel: str
    priority: int | None = None
    async_: bool | None = None
    secret: SecretStr | str | None = None
    codecs: list[str] | None = None
    variable: dict[str, str] | None = None
    actions: list[str | None] | None = None


def _package(name: str, groups: Mapping[str, Mapping[str, type]]) -> None:
    sys.modules[name] = ModuleType(name)
    for group, classes in groups.items():
        module = ModuleType(f"{name}.{group}")
        vars(module).update({each.__name__: each for each in classes.values()})
        vars(module)["BY_NAME"] = {wire.lower(): each.__name__ for wire, each in classes.items()}
        sys.modules[module.__name__] = module


_package(
    "tests.unit.sample_package",
    {
        "events": {"Sample": Sample, "Strict": Strict, "Item": Item, "ItemsComplete": ItemsComplete},
        "actions": {"Items": Items, "Call": Call},
        "responses": {"Items": ItemsResponse, "Call": Response},
    },
)

REGISTRY = Registry("tests.unit.sample_package")

"""Configuration files, read as nested data and as JSON, and changed by typed changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes import ActionError
from amitypes.nested import ConfigCategory, ConfigChange, ConfigLine
from tests.asterisk.clients import TRANSPORTS, Transport, connected

if TYPE_CHECKING:
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer

READ = r"""; a comment
[general]
plain = a value ; another comment
object => x=y,z
empty =
quoted = say "hi" \ back
semicolon = a\;b
tab = a	b
unicode = Grüezi

[base](!)
one = 1
two = 2
[other](!)
three = 3
[child](base,other)
two = 4
[twin]
a = 1
a = 2
[twin]
b = 1
[bare]
[general](+)
more = 1
#include "included.conf"
"""
CONFIG = {
    "read.conf": READ,
    "included.conf": "[included]\ny = 2\n",
    "empty.conf": "",
    "quote.conf": '[te"mplate](!)\nx = 1\n[kid](te"mplate)\ny = 2\n',
    "broken.conf": "[never closed\nx = 1\n",
    "many.conf": "[many]\n" + "".join(f"line = {number}\n" for number in range(3000)),
}


@pytest.fixture
def server(asterisk_factory: AsteriskFactory) -> AsteriskServer:
    """A server with files to read and to change."""
    return asterisk_factory(config=CONFIG)


def category(name: str, *lines: tuple[str, str], template: bool = False, templates: str = "") -> ConfigCategory:
    return ConfigCategory(
        name=name,
        is_template=template,
        templates=templates.split(),
        lines=[ConfigLine(variable, value) for variable, value in lines],
    )


GENERAL = category(
    "general",
    ("plain", "a value"),
    ("object", "x=y,z"),
    ("empty", ""),
    ("quoted", 'say "hi" \\ back'),
    ("semicolon", "a;b"),
    ("tab", "a\tb"),
    ("unicode", "Grüezi"),
    ("more", "1"),
)
BASE = category("base", ("one", "1"), ("two", "2"), template=True)
OTHER = category("other", ("three", "3"), template=True)
CHILD = category("child", ("one", "1"), ("two", "2"), ("three", "3"), ("two", "4"), templates="base other")
REST = [
    category("twin", ("a", "1"), ("a", "2")),
    category("twin", ("b", "1")),
    category("bare"),
    category("included", ("y", "2")),
]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_get_config_returns_categories_and_lines(server: AsteriskServer, transport: Transport) -> None:
    async with connected(server, transport) as client:

        async def read(category: str | None = None, filter_: str | None = None) -> list[ConfigCategory]:
            answer = await client.actions.get_config(filename="read.conf", category=category, filter=filter_)
            assert (answer.issues, answer.model_extra, answer.events) == ((), {}, ())
            assert answer.note == ("" if answer.categories or not category else "No categories found")
            return answer.categories

        assert await read() == [GENERAL, CHILD, *REST]
        assert await read("child") == [CHILD]
        assert await read("twin") == REST[:2]
        assert await read("none") == []
        assert await read(filter_="TEMPLATES=include") == [GENERAL, BASE, OTHER, CHILD, *REST]
        assert await read(filter_="TEMPLATES=restrict") == [BASE, OTHER]
        assert await read(filter_="a=2") == REST[:1]
        assert await read(filter_="a=5") == []

        listed = await client.actions.list_categories(filename="read.conf")
        assert listed.categories == [each.name for each in [GENERAL, CHILD, *REST]]
        assert (listed.error, listed.issues, listed.model_extra) == ("", (), {})


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_empty_files_have_no_categories_and_invalid_ones_are_errors(
    server: AsteriskServer, transport: Transport
) -> None:
    async with connected(server, transport) as client:
        assert (await client.actions.get_config(filename="empty.conf")).categories == []
        assert (await client.actions.get_config_json(filename="empty.conf")).json_ == {}
        listed = await client.actions.list_categories(filename="empty.conf")
        assert (listed.categories, listed.error) == ([], "no categories found")
        for name, problem in (("none.conf", "not found"), ("broken.conf", "invalid format")):
            with pytest.raises(ActionError, match=problem):
                await client.actions.get_config(filename=name)
            with pytest.raises(ActionError):
                await client.actions.get_config_json(filename=name)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_long_file_is_read_whole(server: AsteriskServer, transport: Transport) -> None:
    async with connected(server, transport) as client:
        (many,) = (await client.actions.get_config(filename="many.conf")).categories
        assert [line.value for line in many.lines] == [str(number) for number in range(3000)]
        parsed = (await client.actions.get_config_json(filename="many.conf")).json_
        assert parsed == {"many": {"line": [str(number) for number in range(3000)]}}


async def test_bytes_of_a_file_that_are_not_utf_8_are_kept(server: AsteriskServer) -> None:
    (server.folder / "etc/latin.conf").write_bytes(b"[a]\nname = M\xfcller\n")
    async with connected(server, "tcp") as client:
        answer = await client.actions.get_config(filename="latin.conf")
        assert answer.categories == [category("a", ("name", "M\udcfcller"))]
        assert (await client.actions.get_config_json(filename="latin.conf")).json_ == {"a": {"name": "M\udcfcller"}}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_get_config_json_returns_the_parsed_file(server: AsteriskServer, transport: Transport) -> None:
    async with connected(server, transport) as client:
        answer = await client.actions.get_config_json(filename="read.conf")
        assert (answer.issues, answer.model_extra) == ((), {})
        assert answer.json_ == {
            "general": dict(GENERAL.lines),
            "child": {"templates": "base,other", "one": "1", "two": ["2", "4"], "three": "3"},
            "twin": [{"a": ["1", "2"]}, {"b": "1"}],
            "bare": {},
            "included": {"y": "2"},
        }
        answer = await client.actions.get_config_json(filename="read.conf", filter="TEMPLATES=restrict")
        assert answer.json_ == {
            "base": {"istemplate": 1, "one": "1", "two": "2"},
            "other": {"istemplate": 1, "three": "3"},
        }


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_invalid_json_is_an_issue(server: AsteriskServer, transport: Transport) -> None:
    async with connected(server, transport) as client:
        answer = await client.actions.get_config_json(filename="quote.conf")
        ((header, value, problem),) = answer.issues
        assert (answer.json_, header, value) == (None, "JSON", answer.raw["JSON"])
        assert problem.startswith("not JSON: ")
        # The other action has no such trouble.
        answer_too = await client.actions.get_config(filename="quote.conf")
        assert answer_too.categories == [category("kid", ("x", "1"), ("y", "2"), templates='te"mplate')]


async def change(client: Client, *changes: ConfigChange, filename: str = "made.conf") -> None:
    await client.actions.update_config(src_filename=filename, dst_filename=filename, changes=changes)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_update_config_makes_every_kind_of_change(server: AsteriskServer, transport: Transport) -> None:
    everything = "TEMPLATES=include"
    async with connected(server, transport) as client:

        async def read() -> list[ConfigCategory]:
            answer = await client.actions.get_config(filename="made.conf", filter=everything)
            assert answer.issues == ()
            return answer.categories

        def text() -> list[str]:
            lines = (server.folder / "etc/made.conf").read_text().splitlines()
            return [line.replace(" ", "") for line in lines if line and not line.startswith(";")]

        await client.actions.create_config(filename="made.conf")
        await change(
            client,
            ConfigChange.new_category("first", template=True),
            ConfigChange.append("first", "one", "1", filter=everything),
            ConfigChange.new_category("second", template=True),
            ConfigChange.new_category("third", inherits=["first", "second"]),
            ConfigChange.append("third", "arrow", "a=b", arrow=True),
            ConfigChange.append("third", "name", "plain"),
            ConfigChange.new_category("before", before="third"),
        )
        third = category("third", ("one", "1"), ("arrow", "a=b"), ("name", "plain"), templates="first second")
        assert await read() == [
            category("first", ("one", "1"), template=True),
            category("second", template=True),
            category("before"),
            third,
        ]
        assert text() == [
            "[first](!)",
            "one=1",
            "[second](!)",
            "[before]",
            "[third](first,second)",
            "arrow=>a=b",
            "name=plain",
        ]

        await change(
            client,
            ConfigChange.new_category("unused", template=True),
            ConfigChange.delete_category("unused", filter="TEMPLATES=restrict"),
            ConfigChange.delete_category("none", ignore_error=True),
            ConfigChange.rename_category("before", "renamed"),
            ConfigChange.append("renamed", "a", "1"),
            ConfigChange.append("renamed", "b", "2"),
            ConfigChange.append("renamed", "a", "3"),
            ConfigChange.new_category("renamed", allow_duplicates=True),
            ConfigChange.append("renamed", "c", "4", filter="a=1"),
            ConfigChange.new_category("renamed", ignore_error=True),
            ConfigChange.empty_category("third"),
            ConfigChange.insert("third", 0, "x", ">1"),
            ConfigChange.insert("third", 1, "y", "2"),
            ConfigChange.insert("third", 1, "z", "3"),
        )
        templates = [("first", [ConfigLine("one", "1")]), ("second", [])]
        renamed = [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]
        third = category("third", ("one", "1"), ("x", ">1"), ("z", "3"), ("y", "2"))  # the first is its template's
        found = await read()
        assert [(each.name, each.lines) for each in found] == [
            *templates,
            ("renamed", category("", *renamed).lines),
            ("third", third.lines),
            ("renamed", []),
        ]

        await change(
            client,
            ConfigChange.update("renamed", "a", "5", match="3", filter="b=2"),
            ConfigChange.update("renamed", "b", "6", arrow=True, filter="b=2"),
            ConfigChange.delete("renamed", "c", filter="b=6"),
            ConfigChange.delete("renamed", "c", ignore_error=True),
            ConfigChange.delete_category("renamed", filter="none=1", ignore_error=True),
            ConfigChange.delete_line("third", 2),
        )
        found = await read()
        inherited = [("one", "1")] * (2 if int(server.version) >= 23 else 1)  # 23 also writes down what a template gave
        assert [(each.name, each.lines) for each in found] == [
            *templates,
            ("renamed", category("", ("a", "1"), ("b", "6"), ("a", "5")).lines),
            ("third", category("", *inherited, ("x", ">1"), ("y", "2")).lines),
            ("renamed", []),
        ]
        assert "b=>6" in text()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_update_config_makes_all_changes_or_none(server: AsteriskServer, transport: Transport) -> None:
    before = (server.folder / "etc/read.conf").read_bytes()
    async with connected(server, transport) as client:
        for wrong in (
            ConfigChange.new_category("child"),
            ConfigChange.new_category("new", inherits=["none"]),
            ConfigChange.rename_category("none", "new"),
            ConfigChange.delete_category("none"),
            ConfigChange.empty_category("base"),  # a template, which no filter chooses
            ConfigChange.update("child", "none", "1"),
            ConfigChange.update("child", "one", "5", match="2"),
            ConfigChange.append("none", "x", "1"),
            ConfigChange.delete("child", "none"),
            ConfigChange.delete_line("child", 99),
            ConfigChange(action="Nothing", category="child"),
        ):
            with pytest.raises(ActionError):
                await change(client, ConfigChange.new_category("made"), wrong, filename="read.conf")
        await client.actions.get_config(filename="read.conf")
    assert (server.folder / "etc/read.conf").read_bytes() == before

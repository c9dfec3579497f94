"""Reads the prose of Asterisk's XML documentation as plain text."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from amitypes_codegen.reading.elements import ami_elements, normalized
from amitypes_codegen.specs.prose import Prose, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from amitypes_codegen.reading.source import Source

_LABELS = {"note": "Note", "warning": "Warning"}
_ENTRIES = {"argument", "value"}
_LISTS = {"enumlist", "optionlist", "variablelist", "configOptionToEnum"}


def read_prose(source: Source) -> Prose:
    """Reads the prose of a documentation.

    Args:
        source: The documentation.

    Returns:
        Plain text for each action and event. Where several modules or instances document the same action, event or
        parameter differently, the first synopsis and the first text of a parameter are kept, and descriptions are
        joined.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If the document has no action.
    """
    actions: dict[str, Text] = {}
    events: dict[str, Text] = {}
    nested: dict[str, Text] = {}
    for element in ami_elements(source):
        if element.tag == "manager":
            _add(actions, element, element)
            for event in element.iterfind("responses//managerEvent"):
                _add_event(nested, event)
        else:
            _add_event(events, element)
    return Prose(actions=dict(sorted(actions.items())), events=dict(sorted((nested | events).items())))


def _add_event(texts: dict[str, Text], event: etree._Element) -> None:
    for instance in event.iterchildren("managerEventInstance"):
        _add(texts, event, instance)


def _add(texts: dict[str, Text], named: etree._Element, element: etree._Element) -> None:
    known = texts.get(named.get("name", ""), Text())
    description = _text(element.find("description"))
    if known.description:
        new = description and description not in known.description
        description = f"{known.description}\n\n{description}" if new else known.description
    texts[named.get("name", "")] = Text(
        synopsis=known.synopsis or _line(element.find("synopsis")),
        description=description,
        parameters={**dict(_parameters(element.find("syntax"), "")), **known.parameters},
    )


def _parameters(element: etree._Element | None, above: str) -> Iterator[tuple[str, str]]:
    if element is None:
        return
    for parameter in element.iterchildren("parameter"):
        name = above + parameter.get("name", "")
        if text := _text(parameter):
            yield name, text
        yield from _parameters(parameter, f"{name}/")


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "\n\n".join(_blocks(element))


def _blocks(element: etree._Element) -> Iterator[str]:
    """Yields the text of an element, block by block, without that of parameters nested in it."""
    for child in element:
        tag = str(child.tag)
        if tag in _LISTS:
            if entries := [_entry(entry) for entry in child]:
                yield "\n".join(entries)
        elif tag == "example":
            yield from _present("\n".join((child.get("title", ""), cleandoc("".join(child.itertext())))).strip())
        elif tag in _LABELS:
            yield from (f"{_LABELS[tag]}: {block}" for block in _blocks(child))
        elif tag == "info":
            yield from _present(child.get("tech", "") and f"{child.get('tech')}:")
            yield from _blocks(child)
        elif tag in _ENTRIES:
            yield _entry(child)
        elif tag == "para":
            yield from _present(_line(child))


def _entry(entry: etree._Element) -> str:
    """An entry of a list: its name and first block on one line, its other blocks indented below."""
    first, *others = [*_blocks(entry)] or [_line(entry.find("synopsis"))]
    if entry.tag in {"variable", "value"} and not len(entry):
        first = _line(entry)
    if first.startswith("- "):
        first, others = "", [first, *others]
    title = f"- {entry.get('name', '')}: {first}".removesuffix(": ")
    return "\n".join([title, *(f"  {line}" for block in others for line in block.splitlines())])


def _present(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _line(element: etree._Element | None) -> str:
    return "" if element is None else normalized("".join(element.itertext()))

"""The words of a documentation, as plain text, for whoever generates from the XML of their own server.

They are Asterisk's and stay with the user who asked for them: nothing of this goes into a spec.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from inspect import cleandoc
from typing import TYPE_CHECKING

from amitypes_codegen.reading.reader import ami_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from amitypes_codegen.reading.source import Source

_LABELS = {"note": "Note", "warning": "Warning"}
_ENTRIES = {"argument", "value"}
_LISTS = {"enumlist", "optionlist", "variablelist", "configOptionToEnum"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is written about an action or an event.

    Attributes:
        synopsis: One line.
        description: Paragraphs with an empty line between them; list entries begin with ``- ``.
        parameters: The same for each parameter by name; nested ones as ``Outer/Inner``. Those without words are absent.
    """

    synopsis: str = ""
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """What is written about AMI.

    Attributes:
        actions: By the action's name.
        events: By the event's name.
    """

    actions: Mapping[str, Text]
    events: Mapping[str, Text]


def extract(source: Source) -> Prose:
    """Extracts the words of a documentation.

    Args:
        source: The documentation.

    Returns:
        Plain text for each action and event. Where several modules or instances document the same thing in different
        words, a synopsis or a parameter keeps the first, and descriptions follow one another.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If it documents no AMI.
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
    """Yields what stands in an element, block by block; parameters below it speak for themselves."""
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
    """A list's entry: its name, then its words on the same line, and whatever is below them indented."""
    words, *below = [*_blocks(entry)] or [_line(entry.find("synopsis"))]
    if entry.tag in {"variable", "value"} and not len(entry):
        words = _line(entry)
    if words.startswith("- "):
        words, below = "", [words, *below]
    head = f"- {entry.get('name', '')}: {words}".removesuffix(": ")
    return "\n".join([head, *(f"  {line}" for block in below for line in block.splitlines())])


def _present(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _line(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())

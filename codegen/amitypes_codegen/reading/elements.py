"""The AMI elements of Asterisk's XML documentation: their iteration, their attributes, and errors that locate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amitypes_codegen.errors import DocumentError
from amitypes_codegen.reading.xinclude import INCLUDE, Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

    from amitypes_codegen.reading.source import Source

MAX_DEPTH = 50
"""How deeply elements may be nested in an action or event, includes resolved; Asterisk's own stay below 12."""

_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Context:
    """The file and the action or event that an element is in, for error messages.

    Attributes:
        path: The file.
        owner: The action or event; empty for an element of the document itself.
    """

    path: Path
    owner: str = ""

    def error(self, element: etree._Element, message: str) -> DocumentError:
        """An error that names the element and its line."""
        at = f"<{element.tag!s}>" + (f" of {self.owner}" if self.owner else "")
        return DocumentError(message, path=self.path, line=element.sourceline or 0, element=at)

    def attribute(self, element: etree._Element, key: str) -> str:
        """The value of an attribute that has to be there.

        Raises:
            DocumentError: If it is absent or empty.
        """
        value = normalized(element.get(key))
        if not value:
            raise self.error(element, f"has no {key}; expected the attribute {key} with a value")
        return value

    def flag(self, element: etree._Element, key: str) -> bool:
        """The value of a boolean attribute; False where it is absent.

        Raises:
            DocumentError: If it is neither yes nor no.
        """
        value = element.get(key, "no")
        if value not in _BOOLEANS:
            raise self.error(element, f"{key}={value!r}; expected one of {', '.join(_BOOLEANS)}")
        return _BOOLEANS[value]


def ami_elements(source: Source) -> Iterator[etree._Element]:
    """Yields the document's actions (``<manager>``) and events (``<managerEvent>``) with their includes resolved.

    Args:
        source: The documentation.

    Yields:
        Each element in document order, as a copy.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If the document has no action, or elements are nested too deeply.
    """
    root = source.tree.getroot()
    if root.find("manager") is None:
        raise DocumentError(
            "has no <manager> element; expected the AMI actions of core-en_US.xml", path=source.path, element="<docs>"
        )
    resolver = Resolver(source)
    for element in root.iterchildren(INCLUDE):
        # An include beside the actions repeats elements of this document; one of another document is refused here.
        resolver.check(element)
    for element in root.iterchildren("manager", "managerEvent"):
        expanded = resolver.expand(element)
        if (deep := expanded.find("/".join("*" * MAX_DEPTH))) is not None:
            context = Context(source.path, f"<{expanded.tag!s}> {expanded.get('name')!r}")
            raise context.error(deep, f"is nested more than {MAX_DEPTH} elements deep")
        yield expanded


def normalized(text: str | None) -> str:
    """A text with each run of whitespace as one space; empty for None."""
    return " ".join((text or "").split())

"""XInclude within one document, as Asterisk uses it: an xpointer that selects elements of the same file.

An xpointer is evaluated on the document before any include is resolved, and the elements that it selects may have
includes too. Only the location paths that the documentation needs are allowed; any other is refused before evaluation.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from amitypes_codegen.errors import IncludeError

if TYPE_CHECKING:
    from amitypes_codegen.reading.source import Source

Node: TypeAlias = "etree._Element | str"

INCLUDE = "{http://www.w3.org/2001/XInclude}include"
MAX_CHAIN = 50
"""How many includes may be nested in one another; Asterisk's own are 2."""

MAX_INCLUDED = 32 * 1024 * 1024
"""How many bytes of XML all includes of one document may add; Asterisk's own stay below 1 MB."""

_XPOINTER = re.compile(r"\s*xpointer\((?P<path>.*)\)\s*", re.DOTALL)
_LITERAL = r"""(?:'[^']*'|"[^"]*")"""
_CONDITION = rf"(?:@[\w-]+\s*=\s*{_LITERAL}|(?:contains|starts-with)\(\s*@[\w-]+\s*,\s*{_LITERAL}\s*\)|\d+)"
_STEP = rf"(?:[A-Za-z_][\w-]*|\*|node\(\)|text\(\))(?:\[\s*{_CONDITION}\s*\])*"
_PATH = re.compile(rf"/?{_STEP}(?:/{_STEP})*")


class Resolver:
    """Resolves the includes of one document.

    Args:
        source: The document.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._included = 0
        self._resolved: dict[str, tuple[list[Node], int]] = {}

    def expand(self, element: etree._Element) -> etree._Element:
        """Copies an element with every include in it resolved.

        Args:
            element: An element of the document; it isn't changed.

        Returns:
            A copy without includes and without a tail.

        Raises:
            IncludeError: If an include leaves the document, selects nothing, or includes itself.
        """
        return self._expand(element, ())

    def check(self, include: etree._Element) -> None:
        """Checks that an include stays in the document, without resolving it.

        Args:
            include: The include.

        Raises:
            IncludeError: If it leaves the document.
        """
        self._location(include)

    def _expand(self, element: etree._Element, active: tuple[str, ...]) -> etree._Element:
        expanded = copy.deepcopy(element)
        expanded.tail = None
        for include in list(expanded.iter(INCLUDE)):
            _replace(include, self._resolve(include, active))
        return expanded

    def _resolve(self, include: etree._Element, active: tuple[str, ...]) -> list[Node]:
        path = self._location(include)
        if path in active:
            chain = " -> ".join((*active[active.index(path) :], path))
            raise self._error(include, f"includes itself: {chain}")
        if len(active) == MAX_CHAIN:
            raise self._error(include, f"is nested in more than {MAX_CHAIN} includes")
        if path not in self._resolved:
            found = self._look_up(include, path)
            nodes = [node if isinstance(node, str) else self._expand(node, (*active, path)) for node in found]
            self._resolved[path] = nodes, sum(_size(node) for node in nodes)
        nodes, size = self._resolved[path]
        self._included += size
        if self._included > MAX_INCLUDED:
            raise self._error(include, f"the includes of this document add more than {MAX_INCLUDED >> 20} MiB")
        return [node if isinstance(node, str) else copy.deepcopy(node) for node in nodes]

    def _location(self, include: etree._Element) -> str:
        """The include's location path, from the document's root."""
        if include.get("href") is not None:
            raise self._error(include, f"href={include.get('href')!r} leaves the document; expected an xpointer")
        if set(include.attrib) != {"xpointer"} or len(include):
            raise self._error(include, "expected an empty element with only the attribute xpointer")
        match = _XPOINTER.fullmatch(include.attrib["xpointer"])
        if match is None or not _PATH.fullmatch(path := match["path"].strip()):
            raise self._error(
                include,
                f"{include.get('xpointer')!r} isn't a supported path, such as xpointer(/docs/manager[@name='Login'])",
            )
        return path if path.startswith("/") else f"/{path}"

    def _look_up(self, include: etree._Element, path: str) -> list[Node]:
        try:
            found = self._source.tree.xpath(path)
        except etree.XPathError as error:
            raise self._error(include, f"{path} can't be evaluated: {error}") from error
        entries = found if isinstance(found, list) else []
        nodes: list[Node] = [node for node in entries if isinstance(node, (str, etree._Element))]
        if not nodes:
            raise self._error(include, f"{path} selects nothing in this document")
        return nodes

    def _error(self, include: etree._Element, message: str) -> IncludeError:
        return IncludeError(message, path=self._source.path, line=include.sourceline or 0, element="<xi:include>")


def _size(node: Node) -> int:
    return len(node) if isinstance(node, str) else len(etree.tostring(node))


def _replace(include: etree._Element, nodes: list[Node]) -> None:
    """Replaces an include with nodes; strings are joined with the text around it."""
    parent = include.getparent()
    if parent is None:
        return
    position = parent.index(include)
    tail = include.tail or ""
    parent.remove(include)
    for node in nodes:
        if isinstance(node, str):
            _append_text(parent, position, node)
        else:
            parent.insert(position, node)
            position += 1
    _append_text(parent, position, tail)


def _append_text(parent: etree._Element, position: int, text: str) -> None:
    if position:
        before = parent[position - 1]
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text

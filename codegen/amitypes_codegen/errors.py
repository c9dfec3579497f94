"""Errors of the generator: each says where (file, line, element), what was found and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CodegenError(Exception):
    """The root of everything that the generator refuses, with a message meant for the person who started it.

    Args:
        message: What is wrong, and what was expected or is to be done.
        path: The file it is about, if there is one.
        line: The line in that file, counted from 1; 0 where there is no such thing.
        element: What in the file it is about, such as ``<parameter> of action 'Ping'`` or a JSON path.
    """

    def __init__(self, message: str, *, path: Path | str | None = None, line: int = 0, element: str = "") -> None:
        self.message = message
        self.path = path
        self.line = line
        self.element = element
        where = "" if path is None else f"{path}:{line}" if line else str(path)
        super().__init__(": ".join(part for part in (where, element, message) if part))


class SourceError(CodegenError):
    """A documentation file that can't be read, or isn't safe to read, or isn't well-formed XML."""


class ReleaseError(CodegenError):
    """It isn't known which Asterisk release a file documents, or the release isn't supported."""


class IncludeError(CodegenError):
    """An XInclude that points out of the document, at nothing, or at itself."""


class DocumentError(CodegenError):
    """Well-formed XML that isn't what Asterisk's documentation looks like."""


class SpecFileError(CodegenError):
    """A spec file or lock file that is missing, damaged, or doesn't fit its schema."""


class OverlayError(CodegenError):
    """An overlay entry that can't be read, or doesn't fit what the specs say."""


class NamingError(CodegenError):
    """Names on the wire that don't give usable, distinct names in Python."""


class OutputError(CodegenError):
    """Generated code that can't be formatted or written."""


class VerifyError(CodegenError):
    """Nothing to verify the types with: a server that can't be reached or refuses, an unusable recording or package."""

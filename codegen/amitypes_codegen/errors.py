"""Errors of the generator. Each names the file, line and element, what was found, and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CodegenError(Exception):
    """The base class of the generator's errors. The message is for the user of the command.

    Args:
        message: What is wrong, and what was expected or what to do.
        path: The file; default: None, for an error that isn't about a file.
        line: The line in the file, from 1; default: 0, for an unknown line.
        element: The element in the file, such as ``<parameter> of action 'Ping'`` or a JSON path; default: empty.
    """

    def __init__(self, message: str, *, path: Path | str | None = None, line: int = 0, element: str = "") -> None:
        self.message = message
        self.path = path
        self.line = line
        self.element = element
        where = "" if path is None else f"{path}:{line}" if line else str(path)
        super().__init__(": ".join(part for part in (where, element, message) if part))


class SourceError(CodegenError):
    """A documentation file can't be read, is unsafe, or isn't well-formed XML."""


class ReleaseError(CodegenError):
    """The Asterisk release of a file is unknown or isn't supported."""


class IncludeError(CodegenError):
    """An XInclude leaves the document, selects nothing, or includes itself."""


class DocumentError(CodegenError):
    """Well-formed XML that isn't valid documentation of Asterisk."""


class SpecFileError(CodegenError):
    """A spec file or lock file is missing, damaged, or doesn't fit its schema."""


class OverlayError(CodegenError):
    """An overlay entry is invalid, or doesn't fit the specs."""


class NamingError(CodegenError):
    """Names on the wire don't give valid, distinct names in Python."""


class OutputError(CodegenError):
    """Generated code can't be formatted or written."""


class VerifyError(CodegenError):
    """A verification can't run: server unreachable, login refused, or an invalid recording, package or option."""

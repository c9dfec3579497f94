"""Loads a file of Asterisk's XML documentation, and parses it safely.

The file isn't trusted. The parser loads no DTD, resolves no entity and opens no network connection; a document that
would need any of these is refused.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from amitypes_codegen.errors import ReleaseError, SourceError
from amitypes_codegen.specs.branches import branch_of

MAX_BYTES = 64 * 1024 * 1024
"""The maximum size of a documentation file, unpacked; Asterisk's own are below 2 MB."""

_DTD = "appdocsxml.dtd"
_FOLDER_FILES = ("core-en_US.xml", "full-en_US.xml")
_SUFFIXES = ("", ".xz", ".gz")
_XZ_MAGIC = b"\xfd7zXZ\x00"
_GZIP_MAGIC = b"\x1f\x8b"
_XZ_MEMORY = 256 * 1024 * 1024
_NAMED_RELEASE = re.compile(r"-(?P<release>(?:certified-)?\d+(?:\.\d+)+(?:-[0-9A-Za-z.]+)?)\.xml(?:\.[xg]z)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed documentation file.

    Attributes:
        tree: The document, its root being ``<docs>``.
        path: The file that was read.
        release: The Asterisk release that it documents, such as ``22.10.1``.
        sha256: The SHA-256 of the XML, unpacked, in hexadecimal.
    """

    tree: etree._ElementTree
    path: Path
    release: str
    sha256: str


def load_source(path: Path | str, release: str | None = None) -> Source:
    """Loads a documentation file.

    Args:
        path: ``core-en_US.xml``, plain or packed with xz or gzip, or the documentation folder of an installed Asterisk.
        release: The release it documents; default: the one in the file's name (``core-en_US-22.10.1.xml.xz``).

    Returns:
        The parsed document.

    Raises:
        SourceError: If it can't be read, isn't well-formed, or isn't safe.
        ReleaseError: If the release is unknown or older than Asterisk 16.
    """
    file = _find(Path(path))
    data = _unpack(_read(file), file)
    if release is None:
        release = _release_in_name(file)
    branch_of(release, path=file)
    return Source(tree=_parse(data, file), path=file, release=release, sha256=hashlib.sha256(data).hexdigest())


def _find(path: Path) -> Path:
    try:
        if not path.is_dir():
            return path
        for name in _FOLDER_FILES:
            for suffix in _SUFFIXES:
                if (file := path / (name + suffix)).is_file():
                    return file
    except OSError as error:
        raise SourceError(f"can't be read: {error.strerror or error}", path=path) from error
    raise SourceError(f"has no documentation; expected a folder with {' or '.join(_FOLDER_FILES)}", path=path)


def _release_in_name(file: Path) -> str:
    match = _NAMED_RELEASE.search(file.name)
    if match is None:
        raise ReleaseError(
            "the file name has no release; pass it with --release, for example --release 22.10.1",
            path=file,
        )
    return match["release"]


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"can't be read: {error.strerror or error}", path=file) from error
    if not data:
        raise SourceError("is empty; expected Asterisk's XML documentation", path=file)
    return _bounded(data, file)


def _unpack(data: bytes, file: Path) -> bytes:
    try:
        if data.startswith(_XZ_MAGIC):
            return _bounded(_unpack_xz(data), file)
        if data.startswith(_GZIP_MAGIC):
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                return _bounded(stream.read(MAX_BYTES + 1), file)
    except EOFError as error:
        raise SourceError("is truncated: the compressed data has no end", path=file) from error
    except (OSError, lzma.LZMAError, zlib.error) as error:
        raise SourceError(f"is damaged: {error}", path=file) from error
    return data


def _unpack_xz(data: bytes) -> bytes:
    unpacked = bytearray()
    while data and len(unpacked) <= MAX_BYTES:
        decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        unpacked += decompressor.decompress(data, max_length=MAX_BYTES + 1 - len(unpacked))
        if not decompressor.eof and len(unpacked) <= MAX_BYTES:
            raise EOFError
        data = decompressor.unused_data.lstrip(b"\0")
    return bytes(unpacked)


def _bounded(data: bytes, file: Path) -> bytes:
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"is larger than {MAX_BYTES // 1024 // 1024} MiB unpacked; Asterisk's documentation is below 2 MB",
            path=file,
        )
    return data


def _parse(data: bytes, file: Path) -> etree._ElementTree:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(
            f"isn't well-formed XML: {' '.join(error.msg.split())}", path=file, line=error.lineno or 0
        ) from error
    tree = root.getroottree()
    _refuse_doctype(tree, file)
    for entry in parser.error_log:
        if "UNDECLARED_ENTITY" in entry.type_name:
            raise SourceError(
                f"has an entity reference, and entities aren't resolved: {entry.message}", path=file, line=entry.line
            )
    if root.tag != "docs":
        raise SourceError(
            "isn't Asterisk's XML documentation; expected the root element <docs>",
            path=file,
            line=root.sourceline or 0,
            element=f"<{root.tag!s}>",
        )
    return tree


def _refuse_doctype(tree: etree._ElementTree, file: Path) -> None:
    doctype = tree.docinfo.internalDTD
    if doctype is None:
        return
    entities = [str(entity.name) for entity in doctype.iterentities()]
    if entities:
        raise SourceError(
            f"declares entities ({', '.join(entities)}), which Asterisk's documentation doesn't",
            path=file,
            element="<!DOCTYPE>",
        )
    if doctype.external_id is not None or doctype.system_url not in {None, _DTD}:
        raise SourceError(
            f"refers to {doctype.system_url!r}; expected Asterisk's {_DTD}",
            path=file,
            element="<!DOCTYPE>",
        )

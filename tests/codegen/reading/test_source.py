"""Loading a documentation file: safely, from plain and packed files, with its release."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from amitypes_codegen.errors import CodegenError, ReleaseError, SourceError
from amitypes_codegen.reading import source
from amitypes_codegen.reading.source import load_source

from tests.codegen.xml_documents import PING, document

XML = document(PING).encode()


def write(folder: Path, data: bytes | str, name: str = "core-en_US-22.10.1.xml") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("core-en_US-22.10.1.xml", bytes),
        ("core-en_US-22.10.1.xml.xz", lzma.compress),
        ("core-en_US-22.10.1.xml.gz", gzip.compress),
    ],
)
def test_plain_and_packed_files_give_the_same_source(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    loaded = load_source(write(tmp_path, pack(XML), name))
    assert loaded.release == "22.10.1"
    assert loaded.sha256 == hashlib.sha256(XML).hexdigest()
    assert [element.get("name") for element in loaded.tree.getroot()] == ["Ping"]


def test_all_streams_of_an_xz_file_are_read(tmp_path: Path) -> None:
    packed = lzma.compress(XML[:50]) + lzma.compress(XML[50:])
    assert load_source(write(tmp_path, packed, "core-en_US-22.10.1.xml.xz")).sha256 == hashlib.sha256(XML).hexdigest()


@pytest.mark.parametrize("name", ["core-en_US.xml", "full-en_US.xml", "core-en_US.xml.gz"])
def test_a_folder_is_searched_for_the_documentation_of_an_installed_asterisk(tmp_path: Path, name: str) -> None:
    write(tmp_path, XML if name.endswith("l") else gzip.compress(XML), name)
    loaded = load_source(tmp_path, release="20.20.1")
    assert (loaded.path, loaded.release) == (tmp_path / name, "20.20.1")


def test_a_folder_without_documentation_is_refused(tmp_path: Path) -> None:
    write(tmp_path, XML, "other.xml")
    with pytest.raises(SourceError, match=r"expected a folder with core-en_US\.xml or full-en_US\.xml"):
        load_source(tmp_path, release="20.20.1")


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("core-en_US-16.28.0.xml", "16.28.0"),
        ("core-en_US-20.7-cert3.xml", "20.7-cert3"),
        ("full-en_US-23.0.0-rc1.xml", "23.0.0-rc1"),
    ],
)
def test_the_release_comes_from_the_file_name(tmp_path: Path, name: str, release: str) -> None:
    assert load_source(write(tmp_path, XML, name)).release == release


def test_a_given_release_overrides_the_file_name(tmp_path: Path) -> None:
    assert load_source(write(tmp_path, XML), release="23.4.1").release == "23.4.1"


def test_a_file_name_without_a_release_is_refused_and_the_option_named(tmp_path: Path) -> None:
    path = write(tmp_path, XML, "core-en_US.xml")
    with pytest.raises(ReleaseError, match="--release") as caught:
        load_source(path)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("release", "message"),
    [("13.38.3", "isn't supported"), ("latest", "isn't an Asterisk release"), ("", "isn't an Asterisk release")],
)
def test_a_release_that_is_invalid_or_too_old_is_refused(tmp_path: Path, release: str, message: str) -> None:
    with pytest.raises(ReleaseError, match=message):
        load_source(write(tmp_path, XML), release=release)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"core-en_US-22\.xml: .*No such file"):
        load_source(tmp_path / "core-en_US-22.xml", release="22.1.0")
    with pytest.raises(SourceError, match="No such file"):
        load_source(tmp_path / "core-en_US.xml")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"   ", "isn't well-formed"),
        (XML[:-9], "isn't well-formed"),
        (b"\x00\x01\x02", "isn't well-formed"),
        (lzma.compress(XML)[:-20], "is truncated"),
        (gzip.compress(XML, mtime=0)[:-12], "is truncated"),  # pytest-xdist needs the same test id in all processes
        (b"\xfd7zXZ\x00" + b"nonsense" * 9, "is damaged"),
        (gzip.compress(XML, mtime=0)[:15] + b"\xff" * 40, "is damaged"),
        ("<html><body/></html>", r"<html>: isn't Asterisk's XML documentation; expected the root element <docs>"),
        ('<docs xmlns="urn:other"/>', "isn't Asterisk's XML documentation"),
        ("<docs>" + "<a>" * 5000 + "</a>" * 5000 + "</docs>", "isn't well-formed"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, data: bytes | str, message: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(SourceError, match=message) as caught:
        load_source(path)
    assert str(path) in str(caught.value)


def test_the_error_names_the_line_of_broken_xml(tmp_path: Path) -> None:
    path = write(tmp_path, document("<manager>\n</docs>"))
    with pytest.raises(SourceError) as caught:
        load_source(path)
    assert caught.value.line == 5
    assert str(caught.value).startswith(f"{path}:5: ")


@pytest.mark.parametrize("pack", [lzma.compress, gzip.compress, bytes])
def test_a_file_above_the_size_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 20)
    with pytest.raises(SourceError, match="is larger than 1 MiB"):
        load_source(write(tmp_path, pack(bytes(source.MAX_BYTES + 1))))


def test_an_xz_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]
    compressor = lzma.LZMACompressor(format=lzma.FORMAT_XZ, filters=filters)
    with pytest.raises(SourceError, match="is damaged: Memory usage limit exceeded"):
        load_source(write(tmp_path, compressor.compress(XML) + compressor.flush()))


BOMB = "".join(f'<!ENTITY a{n + 1} "' + f"&a{n};" * 10 + '">' for n in range(9))
HOSTILE = {
    "external entity": (
        '<!DOCTYPE docs [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        "<manager name='Do'>&x;</manager>",
    ),
    "external entity in an attribute": (
        '<!DOCTYPE docs [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        "<manager name='&x;'/>",
    ),
    "unused entity": ('<!DOCTYPE docs [<!ENTITY x "y">]>', PING),
    "parameter entity": ('<!DOCTYPE docs [<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>', PING),
    "entity bomb": (f'<!DOCTYPE docs [<!ENTITY a0 "lol">{BOMB}]>', "<manager name='Do'>&a9;</manager>"),
    "entity bomb in an attribute": (f'<!DOCTYPE docs [<!ENTITY a0 "lol">{BOMB}]>', "<manager name='&a9;'/>"),
    "undeclared entity": ('<!DOCTYPE docs SYSTEM "appdocsxml.dtd">', "<manager name='Do'>&nope;</manager>"),
    "undeclared entity in an attribute": ('<!DOCTYPE docs SYSTEM "appdocsxml.dtd">', "<manager name='&nope;'/>"),
    "DTD of a file": ('<!DOCTYPE docs SYSTEM "/etc/hostname">', PING),
    "public DTD": ('<!DOCTYPE docs PUBLIC "-//x//y" "appdocsxml.dtd">', PING),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_documents_are_refused(tmp_path: Path, case: str) -> None:
    doctype, body = HOSTILE[case]
    path = write(tmp_path, document(body, doctype=doctype))
    with pytest.raises(SourceError) as caught:
        load_source(path)
    assert str(path) in str(caught.value)
    assert Path("/etc/hostname").read_text(encoding="utf-8").strip() not in str(caught.value).replace(str(path), "")


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE docs SYSTEM "http://127.0.0.1:{port}/appdocsxml.dtd">',
        '<!DOCTYPE docs [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>',
        '<!DOCTYPE docs [<!ENTITY % x SYSTEM "http://127.0.0.1:{port}/x"> %x;]>',
    ],
)
def test_no_network_connection_is_opened(tmp_path: Path, doctype: str) -> None:
    visited = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def wait() -> None:
            connection, _ = server.accept()
            with connection:
                if connection.recv(1) != b"!":
                    visited.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        path = write(tmp_path, document(PING, doctype=doctype.format(port=server.getsockname()[1])))
        with pytest.raises(SourceError):
            load_source(path)
        with socket.create_connection(server.getsockname(), timeout=30) as ours:
            ours.sendall(b"!")
        waiting.join(30)
    assert not visited.is_set()


def test_the_dtd_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, '<!ENTITY x "loaded"><!ATTLIST manager name CDATA "loaded">', "appdocsxml.dtd")
    loaded = load_source(write(tmp_path, document("<manager/>")))
    assert [dict(element.attrib) for element in loaded.tree.getroot()] == [{}]
    with pytest.raises(SourceError, match="entities aren't resolved: Entity 'x' not defined"):
        load_source(write(tmp_path, document("<manager name='Do'>&x;</manager>")))


def test_an_error_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load_source(write(tmp_path, document("<manager name='\0'/>")))
    assert len(str(caught.value).splitlines()) == 1


def test_an_external_entity_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    doctype = f'<!DOCTYPE docs [<!ENTITY x SYSTEM "{(tmp_path / "missing").as_uri()}">]>'
    with pytest.raises(SourceError, match=r"<!DOCTYPE>: declares entities \(x\), which"):
        load_source(write(tmp_path, document("<manager name='Do'>&x;</manager>", doctype=doctype)))


def test_all_errors_are_codegen_errors() -> None:
    assert all(issubclass(kind, CodegenError) for kind in (SourceError, ReleaseError))

"""Rewrite the constructors in `tcp.py` and `http.py` from the settings.

Editors, `help()` and type checkers know of a constructor what its signature says, so each client has one with all its
parameters. It repeats `amitypes._client.config`, which is where a setting is added or changed. Then run

    python -m tests.repository.constructors

`test_constructors` fails while a constructor and the settings differ.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.markdown import REPOSITORY

CLIENT: Final = REPOSITORY / "src" / "amitypes" / "_client"
CONFIG: Final = CLIENT / "config.py"
CONSTRUCTORS: Final = {"TCPConfig": CLIENT / "tcp.py", "HTTPConfig": CLIENT / "http.py"}
SHARED: Final = "ClientConfig"
POSITIONAL: Final = ("host", "port")
OWN_AFTER: Final = "ssl_context"
"""The shared setting after which a client's own ones are listed."""

_WIDTH: Final = 120


class Setting(NamedTuple):
    """A setting as the class of settings declares it."""

    name: str
    annotation: str
    default: str
    secret: bool
    doc: str


def declared(node: ast.ClassDef) -> dict[str, Setting]:
    """The settings that a class declares, with the string after each as its documentation."""
    found: dict[str, Setting] = {}
    for statement, follower in zip(node.body, node.body[1:], strict=False):
        match statement, follower:
            case (
                ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ) if not ast.unparse(annotation).startswith("ClassVar"):
                secret = isinstance(value, ast.Call)
                if isinstance(value, ast.Call):
                    value = next(each.value for each in value.keywords if each.arg == "default")
                found[name] = Setting(name, _source(annotation), ast.unparse(value), secret, " ".join(doc.split()))
    return found


def settings(config: str) -> tuple[list[Setting], str]:
    """The settings of a client in the order of its parameters, and what its constructor raises."""
    classes = {
        node.name: node for node in ast.parse(CONFIG.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)
    }
    shared, own = declared(classes[SHARED]), declared(classes[config])
    ordered: list[Setting] = []
    for name, setting in shared.items():
        ordered.append(own.get(name, setting))
        if name == OWN_AFTER:
            ordered += [each for each in own.values() if each.name not in shared]
    raises = (ast.get_docstring(classes[SHARED]) or "").partition("Raises:\n")[2]
    return ordered, raises


def printed(config: str) -> str:
    """The constructor of a client, as it should be."""
    return "\n".join(_lines(config)) + "\n"


def current(file: Path) -> str:
    """The constructor of a client, as it is."""
    lines, start, end = _found(file)
    return "".join(lines[start:end])


def rewrite(config: str) -> None:
    """Put the printed constructor in the place of the current one."""
    file = CONSTRUCTORS[config]
    lines, start, end = _found(file)
    file.write_text("".join([*lines[:start], printed(config), *lines[end:]]), encoding="utf-8")


def _found(file: Path) -> tuple[list[str], int, int]:
    text = file.read_text(encoding="utf-8")
    [function] = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    ]
    assert function.end_lineno is not None
    return text.splitlines(keepends=True), function.lineno - 1, function.end_lineno


def _lines(config: str) -> Iterator[str]:
    ordered, raises = settings(config)
    yield "    def __init__("
    yield "        self,"
    for setting in ordered:
        yield f"        {setting.name}: {setting.annotation} = {setting.default.replace(chr(39), chr(34))},"
        if setting.name == POSITIONAL[-1]:
            yield "        *,"
    yield "    ) -> None:"
    yield '        """Check the settings, and read the files of TLS. `connect` connects.'
    yield ""
    yield "        Args:"
    for setting in ordered:
        yield from textwrap.wrap(
            f"{setting.name}: {setting.doc}",
            _WIDTH,
            initial_indent=" " * 12,
            subsequent_indent=" " * 16,
            break_long_words=False,
            break_on_hyphens=False,
        )
    yield ""
    yield "        Raises:"
    yield from textwrap.indent(textwrap.dedent(raises).rstrip(), " " * 12).splitlines()
    yield '        """'
    for setting in ordered:
        if setting.secret:
            yield f"        {setting.name} = redact_setting({setting.name})"
    yield "        super().__init__("
    yield f"            {config}("
    for setting in ordered:
        yield f"                {setting.name}={setting.name},"
    yield "            )"
    yield "        )"


def _source(annotation: ast.expr) -> str:
    return ast.unparse(annotation).replace("'", '"')


if __name__ == "__main__":
    for each in CONSTRUCTORS:
        rewrite(each)

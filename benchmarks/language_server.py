"""As much of an editor as completions need: a client of pyright's language server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Self, cast

Json = dict[str, object]


class LanguageServer:
    """pyright's language server in a process of its own, with one document of a folder open.

    Args:
        python: The interpreter whose packages the document imports.
        document: The document's path.
    """

    def __init__(self, python: Path, document: Path) -> None:
        self._python = python
        self._folder = document.parent.as_uri()
        self._uri = document.as_uri()
        self._sent = 0
        self._version = 0
        environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._of = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        """Introduce the client."""
        folder = {"uri": self._folder, "name": "benchmark"}
        self._request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self._folder,
                "workspaceFolders": [folder],
                "capabilities": {"workspace": {"configuration": True, "workspaceFolders": True}},
            },
        )
        self._notify("initialized", {})
        return self

    def __exit__(self, *_: object) -> None:
        """End the server."""
        self._request("shutdown", None)
        self._notify("exit", None)
        with self._process:
            self._to.close()

    def show(self, text: str) -> None:
        """Open the document with this text, or change it so."""
        self._version += 1
        document: Json = {"uri": self._uri, "version": self._version}
        if self._version == 1:
            self._notify("textDocument/didOpen", {"textDocument": {**document, "languageId": "python", "text": text}})
        else:
            self._notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def complete(self, line: int, character: int) -> set[str]:
        """What may stand at a place, counted from zero: the labels."""
        place = {"line": line, "character": character}
        found = self._request("textDocument/completion", {"textDocument": {"uri": self._uri}, "position": place})
        items = cast("list[Json]", found["items"] if isinstance(found, dict) else found or [])
        return {str(item["label"]) for item in items}

    def cpu(self) -> float:
        """Seconds of CPU that the server has taken so far, what started it included."""
        ticks = 0
        processes = [self._process.pid]
        for process in processes:
            stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                processes += map(int, children.read_text(encoding="ascii").split())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _request(self, method: str, parameters: Json | None) -> object:
        self._sent += 1
        self._send({"id": self._sent, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if "method" not in message and message.get("id") == self._sent:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message.get("result")
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": self._answer(message)})

    def _answer(self, message: Json) -> object:
        """What the server wants to know of the client."""
        if message["method"] != "workspace/configuration":
            return None
        items = cast("dict[str, list[dict[str, str]]]", message["params"])["items"]
        settings: dict[str, Json] = {"python": {"pythonPath": str(self._python)}}
        return [settings.get(item["section"], {}) for item in items]

    def _notify(self, method: str, parameters: Json | None) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._to.flush()

    def _receive(self) -> Json:
        length = 0
        while (line := self._of.readline()) != b"\r\n":
            if not line:
                raise EOFError("the language server ended")
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return cast("Json", json.loads(self._of.read(length)))

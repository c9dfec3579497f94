"""Keeps every byte that a server sends: a plain AMI client of its own, or a relay between a client and its server."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import TracebackType

    from tests.asterisk.server import User


@asynccontextmanager
async def relay(host: str, port: int, path: Path) -> AsyncIterator[int]:
    """Passes on what one client and its server say to each other, and keeps what the server said.

    Args:
        host: Where AMI listens.
        port: Its port.
        path: The file that gets every byte of the server's.

    Yields:
        The port of 127.0.0.1 for the client.
    """
    passing: list[asyncio.Task[None]] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(host, port)
        passing.append(asyncio.create_task(_pass_on(reader, server_writer, None)))
        passing.append(asyncio.create_task(_pass_on(server_reader, writer, path)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        async with server:
            yield server.sockets[0].getsockname()[1]
    finally:
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: Path | None) -> None:
    file = path.open("wb") if path else None
    try:
        while data := await reader.read(65536):
            if file:
                file.write(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # one side went without a farewell
    finally:
        writer.close()
        if file:
            file.close()


class Recorder:
    """Logs in over TCP or TLS, then reads in the background until closed; a context manager.

    Args:
        host: Where AMI listens.
        port: Its port.
        user: The user that logs in; None: no login.
        path: The file that gets every byte; none by default.
        ssl_context: Speaks TLS when given, and checks the certificate for `host`.
        timeout: Seconds for connecting, and the default for `wait_for`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: User | None = None,
        *,
        path: Path | None = None,
        ssl_context: ssl.SSLContext | None = None,
        timeout: float = 10,
    ) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._path = path
        self._ssl_context = ssl_context
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self._closed = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name=f"AMI recorder of port {port}", daemon=True)

    def __enter__(self) -> Self:
        connection = socket.create_connection((self._host, self._port), self._timeout)
        try:
            if self._ssl_context:
                connection = self._ssl_context.wrap_socket(connection, server_hostname=self._host)
            connection.settimeout(None)
            self._socket = connection
            self._reader.start()
            self.wait_for(rb"^Asterisk Call Manager/\S+\r\n")
            if self._user:
                self.login(self._user)
        except BaseException:
            connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._socket:
            with suppress(OSError):  # the server may have been quicker
                self._socket.shutdown(socket.SHUT_RDWR)
            self._reader.join(self._timeout)
            self._socket.close()

    @property
    def received(self) -> bytes:
        """Everything so far, the banner first."""
        with self._changed:
            return bytes(self._received)

    def login(self, user: User) -> None:
        """Logs in; a refusal is an AssertionError that shows the answer."""
        start = self.send(Action="Login", Username=user.username, Secret=user.secret, ActionID="recorder-login")
        answer = self.wait_for(rb"Response: .*\r\nActionID: recorder-login\r\n(?:.+\r\n)*\r\n", start=start)
        assert answer[0].startswith(b"Response: Success"), answer[0].decode(errors="replace")

    def send(self, **headers: str) -> int:
        """Sends an action.

        Args:
            headers: Its headers, `Action` first.

        Returns:
            How many bytes had been received before: where `wait_for` may start to look for the answer.
        """
        assert self._socket, "not connected"
        start = len(self.received)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"{lines}\r\n".encode())
        return start

    def wait_for(self, pattern: bytes, *, start: int = 0, timeout: float | None = None) -> re.Match[bytes]:
        """Waits until the bytes received from `start` on match, at any place.

        Args:
            pattern: A regular expression, with `^` at each line's start.
            start: As `send` returned it; by default everything ever received is looked at.
            timeout: Seconds; by default those of the constructor.

        Raises:
            TimeoutError: No match, in time or before the connection ended.
        """
        expression = re.compile(pattern, re.MULTILINE)
        seconds = self._timeout if timeout is None else timeout
        found: re.Match[bytes] | None = None

        def settled() -> bool:
            nonlocal found
            found = expression.search(bytes(self._received[start:]))
            return found is not None or self._closed

        with self._changed:
            self._changed.wait_for(settled, seconds)
            if found is None:
                end = "before the connection ended" if self._closed else f"within {seconds} s"
                tail = bytes(self._received[start:])[-2000:].decode(errors="replace")
                msg = f"nothing matched {pattern!r} {end}; the last bytes received:\n{tail}"
                raise TimeoutError(msg)
        return found

    def wait_for_end(self) -> None:
        """Waits until the server has closed the connection, and everything that it sent was received.

        Raises:
            TimeoutError: It didn't in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed, self._timeout):
                msg = f"the connection didn't end within {self._timeout} s"
                raise TimeoutError(msg)

    def _read(self) -> None:
        assert self._socket
        file = self._path.open("wb") if self._path else None
        try:
            while chunk := self._socket.recv(65536):
                if file:
                    file.write(chunk)
                with self._changed:
                    self._received += chunk
                    self._changed.notify_all()
        except OSError:
            pass  # closed by the other side, or by us
        finally:
            if file:
                file.close()
            with self._changed:
                self._closed = True
                self._changed.notify_all()

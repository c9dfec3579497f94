"""Digest authentication as Asterisk's HTTP server wants it (RFC 2617, MD5), without any I/O.

httpx2 has its own, which won't do here: it can't send a name that isn't ASCII, and doesn't tell a refused answer from a
nonce that is too old.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

__all__ = ["Digest", "response"]

_FIELD: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class Digest:
    """One nonce after another for one user. Serves one request at a time, as the server wants its count to rise.

    Args:
        username: The user's name.
        secret: The user's secret.
    """

    def __init__(self, username: str, secret: str) -> None:
        self._username = _bytes(username)
        self._secret = _bytes(secret)
        self._realm = b""
        self._nonce = b""
        self._opaque = b""
        self._count = 0

    def challenged(self, challenge: str) -> bool:
        """Take over the nonce that the server wants to be used from now on.

        Args:
            challenge: The header ``WWW-Authenticate``.

        Returns:
            Whether the server takes this user's answer to a challenge for right, and only its nonce for old; also true
            where there was no answer yet.

        Raises:
            ValueError: The server wants to authenticate in a way that Asterisk doesn't have.
        """
        scheme, _, rest = challenge.partition(" ")
        fields = {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(rest)}
        if scheme.lower() != "digest" or "nonce" not in fields or fields.get("algorithm", "MD5").upper() != "MD5":
            raise ValueError(challenge)
        may_try_again = not self._nonce or fields.get("stale", "").lower() == "true"
        self._realm = _bytes(fields.get("realm", ""))
        self._nonce = _bytes(fields["nonce"])
        self._opaque = _bytes(fields.get("opaque", ""))
        self._count = 0
        return may_try_again

    def authorization(self, method: str, path: str) -> bytes | None:
        """The header ``Authorization`` for the next request.

        Args:
            method: The request's method.
            path: Its path.

        Returns:
            The header's value; None while no challenge has come.
        """
        if not self._nonce:
            return None
        self._count += 1
        count = b"%08x" % self._count
        cnonce = secrets.token_hex(8).encode()
        answer = response(
            user=b":".join((self._username, self._realm, self._secret)),
            request=f"{method}:{path}".encode(),
            nonce=self._nonce,
            count=count,
            cnonce=cnonce,
        )
        quoted = {
            b"username": self._username.replace(b"\\", rb"\\").replace(b'"', rb"\""),
            b"realm": self._realm,
            b"nonce": self._nonce,
            b"uri": path.encode(),
            b"response": answer,
            b"cnonce": cnonce,
            b"opaque": self._opaque,
        }
        fields = [b'%s="%s"' % field for field in quoted.items()]
        return b"Digest " + b", ".join([*fields, b"algorithm=MD5", b"qop=auth", b"nc=" + count])


def response(*, user: bytes, request: bytes, nonce: bytes, count: bytes, cnonce: bytes) -> bytes:
    """What proves that the secret is known, with the quality of protection ``auth``.

    Args:
        user: Name, realm and secret, joined by colons.
        request: Method and path, joined by a colon.
        nonce: The server's nonce.
        count: How often this nonce was used, in 8 hexadecimal digits.
        cnonce: The client's nonce.

    Returns:
        32 hexadecimal digits.
    """
    return _md5(b":".join((_md5(user), nonce, count, cnonce, b"auth", _md5(request))))


def _md5(data: bytes) -> bytes:
    # The protocol leaves no choice; a system that bars MD5 for security still has it for this.
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

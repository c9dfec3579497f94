"""Constructors and properties of the clients."""

import ssl
from pathlib import Path
from typing import assert_type

import amitypes
from amitypes import HTTPClient, TCPClient
from amitypes.client import TCPClient as FromModule


async def main() -> None:
    async with TCPClient("pbx", username="hello", password="world") as client:
        assert_type(client, TCPClient)
        assert_type(client.host, str)
        assert_type(client.port, int)
        assert_type(client.ami_version, str | None)
        assert_type(client.asterisk_version, str | None)
    async with HTTPClient("pbx", 8088, username="hello", password="world", prefix="asterisk", digest=True) as web:
        assert_type(web, HTTPClient)


def others() -> list[amitypes.TCPClient | amitypes.HTTPClient]:
    return [
        FromModule(),
        TCPClient("pbx", ssl_enabled=True, cert_ca="/path/to/ca.crt"),
        TCPClient("pbx", ssl_enabled=True, cert_ca=Path("/path/to/ca.crt")),
        TCPClient("pbx", ssl_enabled=True, cert_client="c.pem", cert_key=Path("k.pem"), cert_passphrase="secret"),
        HTTPClient("pbx", ssl_enabled=True, ssl_context=ssl.create_default_context()),
        HTTPClient("pbx", ssl_enabled=True, cert_ca=b"-----BEGIN CERTIFICATE-----", timeout=2, reply_timeout=0.5),
    ]

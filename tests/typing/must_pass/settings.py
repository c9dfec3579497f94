"""Settings of a client, each by its name."""

import ssl
from pathlib import Path

from typing_extensions import assert_type

from amitypes import Backlog, Client, EventFilter, HTTPClient, Limits, Reconnect, TCPClient

tcp = TCPClient(
    "pbx",
    5038,
    username="hello",
    password="world",
    ssl_enabled=True,
    cert_ca=Path("/path/to/ca.crt"),
    cert_client="/path/to/client.pem",
    cert_key=Path("/path/to/client.key"),
    cert_passphrase="secret",
    auth="md5",
    timeout=5,
    reply_timeout=2.5,
    events=["call", "agent"],
    filters=[EventFilter(match="Hangup")],
    reconnect=Reconnect(give_up=60),
    max_silence=None,
    backlog=Backlog(10),
    limits=Limits(items=10),
)
web = HTTPClient(
    host="pbx",
    port=8089,
    ssl_enabled=True,
    ssl_context=ssl.create_default_context(),
    prefix="asterisk",
    digest=True,
    reconnect=False,
)
assert_type(tcp, TCPClient)
assert_type(web, HTTPClient)


async def log(event: dict[str, str | list[str]], client: Client) -> None:
    print(event, client.host)


async def either(client: Client) -> None:
    await client.register_callback("Hangup", log)


async def one(client: TCPClient) -> None:
    await client.register_callback("Hangup", log)

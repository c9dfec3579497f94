"""The dict-shaped calls."""

from typing import assert_type

from amitypes import HTTPClient, TCPClient

Answer = list[dict[str, str | list[str]]]


async def calls(client: HTTPClient) -> None:
    assert_type(await client.connect(username="hello", password="world"), Answer)
    assert_type(await client.originate(originator="100", extension="200"), Answer)
    assert_type(
        await client.originate(
            "100", "200", application="Playback", app_data="beep", codecs=["ulaw"], variables={"a": "b"}, timeout=7.5
        ),
        Answer,
    )
    assert_type(await client.channels(), Answer)
    assert_type(await client.ping(), Answer)
    assert_type(await client.attended_transfer(channel="PJSIP/alice-1", extension="200"), Answer)
    assert_type(await client.blind_transfer(channel="PJSIP/alice-1", extension="200"), Answer)
    assert_type(await client.redirect(extension="200", channel="PJSIP/alice-1", extra_priority=1), Answer)
    assert_type(await client.ami_request({"Action": "UserEvent", "UserEvent": "x", "Variable": ["a=1", "b=2"]}), Answer)
    assert_type(await client.logoff(), Answer)


async def callbacks(client: TCPClient) -> None:
    async def callback(event: dict[str, str | list[str]], client: TCPClient) -> None:
        print(event["Channel"])
        await client.ping()

    await client.register_callback("*", callback)

"""Actions that the newest Asterisk lacks still work, and type checkers mark them as deprecated."""

from amitypes import TCPClient, actions


async def main(client: TCPClient) -> None:
    await client.actions.monitor(channel="PJSIP/alice-1")  # error: mypy[deprecated] pyright[reportDeprecated]
    await client.send(actions.SIPpeers())  # error: mypy[deprecated] pyright[reportDeprecated]

"""Settings that a client doesn't have, and values of a wrong type."""

from amitypes import Client, HTTPClient, TCPClient

TCPClient("pbx", max_silense=60)  # error: mypy[call-arg] pyright[reportCallIssue]
TCPClient("pbx", prefix="asterisk")  # error: mypy[call-arg] pyright[reportCallIssue]
TCPClient("pbx", 5038, "hello")  # error: mypy[call-arg] pyright[reportCallIssue]
TCPClient("pbx", "5038")  # error: mypy[arg-type] pyright[reportArgumentType]
TCPClient("pbx", timeout="5")  # error: mypy[arg-type] pyright[reportArgumentType]
TCPClient("pbx", password=b"world")  # error: mypy[arg-type] pyright[reportArgumentType]
HTTPClient("pbx", auth="md5")  # error: mypy[call-arg] pyright[reportCallIssue]
HTTPClient("pbx", digest="yes")  # error: mypy[arg-type] pyright[reportArgumentType]
HTTPClient("pbx", limits=5)  # error: mypy[arg-type] pyright[reportArgumentType]


async def callbacks(client: Client) -> None:
    async def for_tcp(event: dict[str, str | list[str]], client: TCPClient) -> None:
        print(event, client)

    await client.register_callback("Hangup", for_tcp)  # error: mypy[arg-type] pyright[reportArgumentType]

"""Invalid dict-shaped calls."""

from amitypes import HTTPClient, TCPClient


async def calls(client: HTTPClient) -> None:
    await client.originate(originator="100")  # error: mypy[call-arg] pyright[reportCallIssue]
    await client.originate(originator=100, extension="200")  # error: mypy[arg-type] pyright[reportArgumentType]
    await client.ami_request({"Action": "Ping", "Count": 1})  # error: mypy[dict-item] pyright[reportArgumentType]
    answer = await client.ping()
    print(answer["Response"])  # error: mypy[call-overload] pyright[reportCallIssue] pyright[reportArgumentType]


async def callbacks(client: TCPClient) -> None:
    async def for_http(event: dict[str, str | list[str]], client: HTTPClient) -> None:
        print(event, client)

    await client.register_callback("Hangup", for_http)  # error: mypy[arg-type] pyright[reportArgumentType]
    TCPClient("pbx", digest=True)  # error: mypy[call-arg] pyright[reportCallIssue]

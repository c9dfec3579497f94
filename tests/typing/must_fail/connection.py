"""Invalid settings."""

from amitypes import Backlog, EventFilter, Reconnect, TCPClient, notices

TCPClient("pbx", auth="sha")  # error: mypy[arg-type] pyright[reportArgumentType]
TCPClient("pbx", events=["cal"])  # error: mypy[list-item] pyright[reportArgumentType]
TCPClient("pbx", reconnect=5)  # error: mypy[arg-type] pyright[reportArgumentType]
Backlog(10, "explode")  # error: mypy[arg-type] pyright[reportArgumentType]
Reconnect(5)  # error: mypy[call-arg] pyright[reportCallIssue]
EventFilter(name="Hangup", method="glob")  # error: mypy[arg-type] pyright[reportArgumentType]


async def in_the_stream(client: TCPClient) -> None:
    async for notice in client.events(notices.Connected):
        print(notice.count)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    if client.state == "conected":  # error: mypy[comparison-overlap] pyright[]
        print("never")

"""What is no duration."""

from amitypes import TCPClient, actions


async def methods(client: TCPClient) -> None:
    await client.actions.originate(channel="a", timeout="30")  # error: mypy[arg-type] pyright[reportArgumentType]


def models() -> None:
    actions.Originate(channel="a", timeout="PT30S")  # error: mypy[arg-type] pyright[reportArgumentType]
    actions.AbsoluteTimeout(channel="a", timeout=None)  # error: mypy[arg-type] pyright[reportArgumentType]
    seconds: float = actions.WaitEvent(timeout=5).timeout  # error: mypy[assignment] pyright[reportAssignmentType]
    print(seconds)

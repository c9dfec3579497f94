"""Unknown codes."""

from amitypes import codes, events


def numbers(event: events.Hangup) -> None:
    codes.HangupCause.find(event.cause_txt)  # error: mypy[arg-type] pyright[reportArgumentType]
    print(codes.HangupCause.NORMAL_CLEARNG)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    print(codes.HangupCause.find(16).text)  # error: mypy[union-attr] pyright[reportOptionalMemberAccess]

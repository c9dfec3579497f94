"""Voicemail: left, counted, moved, and its password changed."""

from __future__ import annotations

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive
from tests.asterisk.conformance.drive import drive as drive_of
from tests.asterisk.server import CONFIG, AsteriskServer
from tests.waiting import wait_until


async def left(drive: Drive) -> None:
    waiting = drive.expect(events.MessageWaiting)
    recording = drive.expect(events.Newexten, lambda event: event.application == "VoiceMail")
    channel = await drive.call("voicemail", "Milliwatt", "")
    await recording
    # a recording has no event: its file shows that it has started
    spool = drive.server.folder / "spool/voicemail"
    await wait_until(lambda: any(path.stat().st_size > 40_000 for path in spool.rglob("*.wav")), timeout=15)
    await drive.do(actions.Hangup(channel=channel))
    await waiting
    await drive.do(actions.MailboxCount(mailbox="1000@default"))
    await drive.do(actions.MailboxStatus(mailbox="1000@default"))
    await drive.do(actions.VoicemailUsersList())
    await drive.do(actions.VoicemailUserStatus(context="default", mailbox="1000"))
    await drive.do(actions.VoicemailRefresh())
    if drive.offers(actions.VoicemailBoxSummary):
        box = await drive.do(actions.VoicemailBoxSummary(context="default", mailbox="1000"))
        message = box.items[0]
        await drive.do(
            actions.VoicemailForward(
                context="default", mailbox="1000", folder="INBOX", id=message.id,
                to_context="default", to_mailbox="1001", to_folder="INBOX",
            )
        )  # fmt: skip
        await drive.do(
            actions.VoicemailMove(
                context="default", mailbox="1000", folder="INBOX", id=message.id, to_folder="Old"
            )
        )  # fmt: skip
        await drive.do(actions.VoicemailBoxSummary(context="default", mailbox="1000"))
        await drive.do(actions.VoicemailRemove(context="default", mailbox="1000", folder="Old", id=message.id))
        await drive.attempt(actions.VoicemailRemove(context="default", mailbox="1000", folder="Old", id="none"))


async def mini(drive: Drive) -> None:
    message = drive.expect(events.MiniVoiceMail)
    await drive.call("minivm", "SendDTMF", "wwwwwwww#wwwwwwww")
    if drive.version == 16:  # 22 sends nothing
        await message


async def counted_elsewhere(drive: Drive) -> None:
    """Another server, with messages counted outside of Asterisk instead of voicemail; only some builds can."""
    modules = (
        (CONFIG / "modules.conf")
        .read_text(encoding="utf-8")
        .replace("noload = res_mwi_external", "load = res_mwi_external")
    )
    config = {"modules.conf": f"{modules}noload = app_voicemail.so\n"}
    with AsteriskServer(drive.server.version, config=config) as server:
        async with drive_of(server, drive.seen) as other:
            if not other.offers(actions.MWIUpdate):
                return
            waiting = other.expect(events.MessageWaiting)
            await other.do(actions.MWIUpdate(mailbox="1000@default", old_messages=1, new_messages=2))
            await waiting
            await other.do(actions.MailboxCount(mailbox="1000@default"))
            mailboxes = await other.do(actions.MWIGet(mailbox="/1.*/"))
            assert [(one.mailbox, one.old_messages, one.new_messages) for one in mailboxes.items] == [
                ("1000@default", 1, 2)
            ]
            await other.do(actions.MWIDelete(mailbox="1000@default"))
            await other.do(actions.MWIGet(mailbox="none"))


async def password_changed(drive: Drive) -> None:
    """By telephone: the options of the mailbox, its password, and that twice."""
    if drive.version < 18:
        return
    changed = drive.expect(events.VoicemailPasswordChange)
    await drive.call("voicemail-main", "SendDTMF", "wwww0wwww5wwww9876#wwww9876#wwww")
    assert (await changed).new_password


SCENARIOS = (left, mini, password_changed, counted_elsewhere)

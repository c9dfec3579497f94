"""Configuration files, made, read and changed; and the dialplan with them."""

from __future__ import annotations

import itertools
from typing import Final

from amitypes import actions
from amitypes.nested import ConfigChange
from tests.asterisk.conformance.drive import Drive

_NUMBERS: Final = itertools.count(1)


async def written(drive: Drive) -> None:
    file = f"drive-made-{next(_NUMBERS)}.conf"
    await drive.do(actions.CreateConfig(filename=file))
    await drive.do(
        actions.UpdateConfig(
            src_filename=file,
            dst_filename=file,
            changes=[
                ConfigChange.new_category("one"),
                ConfigChange.append("one", "name", "a value"),
                ConfigChange.append("one", "other", "b=c; d"),
                ConfigChange.new_category("two"),
            ],
        )
    )
    got = await drive.do(actions.GetConfig(filename=file))
    assert [category.name for category in got.categories] == ["one", "two"]
    await drive.do(actions.GetConfigJSON(filename=file))
    await drive.do(actions.GetConfig(filename=file, category="one"))
    await drive.do(actions.ListCategories(filename=file))
    await drive.do(
        actions.UpdateConfig(
            src_filename=file, dst_filename=file, reload="no", changes=[ConfigChange.delete_category("two")]
        )
    )
    for name in ("queues.conf", "pjsip.conf", "extensions.conf", "manager.conf"):
        await drive.do(actions.GetConfig(filename=name))
        await drive.do(actions.GetConfigJSON(filename=name))
        await drive.do(actions.ListCategories(filename=name))
    await drive.refused(actions.GetConfig(filename="none.conf"))
    await drive.refused(actions.GetConfigJSON(filename="none.conf"))
    await drive.refused(actions.ListCategories(filename="none.conf"))
    await drive.refused(actions.CreateConfig(filename="../../tmp/none.conf"))
    await drive.refused(actions.UpdateConfig(src_filename="none.conf", dst_filename="none.conf"))
    await drive.refused(
        actions.UpdateConfig(
            src_filename=file, dst_filename=file, changes=[ConfigChange.delete_category("no such category")]
        )
    )


async def dialplan(drive: Drive) -> None:
    await drive.do(
        actions.DialplanExtensionAdd(
            context="drive-made", extension="1", priority=1, application="NoOp", application_data="x", replace=True
        )
    )
    await drive.do(
        actions.DialplanExtensionAdd(context="drive-made", extension="1", priority="hint", application="Custom:x")
    )
    await drive.do(actions.ShowDialPlan(context="drive-made"))
    await drive.do(actions.DialplanExtensionRemove(context="drive-made", extension="1", priority=1))
    await drive.do(actions.DialplanExtensionRemove(context="drive-made", extension="1"))
    await drive.refused(actions.DialplanExtensionRemove(context="drive-made", extension="1"))


async def cached(drive: Drive) -> None:
    """PJSIP's secrets are in a cache of Sorcery here."""
    await drive.attempt(actions.SorceryMemoryCachePopulate(cache="auths"))
    await drive.do(actions.PJSIPShowAuths())
    await drive.do(actions.PJSIPShowEndpoint(endpoint="1000"))
    await drive.do(actions.SorceryMemoryCacheStaleObject(cache="auths", object="1000"))
    await drive.do(actions.SorceryMemoryCacheStale(cache="auths"))
    await drive.do(actions.SorceryMemoryCacheExpireObject(cache="auths", object="1000"))
    await drive.do(actions.SorceryMemoryCacheExpire(cache="auths"))
    await drive.refused(actions.SorceryMemoryCacheExpire(cache="none"))


SCENARIOS = (written, dialplan, cached)

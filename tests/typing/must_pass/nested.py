"""Nested data of numbered headers."""

from datetime import timedelta
from typing import assert_type

from amitypes import TCPClient, actions, events
from amitypes.nested import AOCRate, AOCUnit, ConfigCategory, ConfigChange, ConfigLine


async def reading(client: TCPClient) -> None:
    answer = await client.actions.get_config(filename="queues.conf")
    assert_type(answer.categories, list[ConfigCategory])
    for category in answer.categories:
        assert_type(category.name, str)
        assert_type(category.is_template, bool)
        assert_type(category.templates, list[str])
        assert_type(category.lines, list[ConfigLine])
        assert_type(dict(category.lines), dict[str, str])
        for name, value in category.lines:
            assert_type((name, value), tuple[str, str])
    parsed = (await client.actions.get_config_json(filename="queues.conf")).json_
    if isinstance(parsed, dict):
        for queue in parsed.values():
            if isinstance(queue, str):
                assert_type(queue, str)


async def changing(client: TCPClient) -> None:
    changes = [ConfigChange.new_category("new"), ConfigChange.append("new", "name", "value")]
    assert_type(changes, list[ConfigChange])
    await client.actions.update_config(src_filename="a.conf", dst_filename="a.conf", changes=changes)
    await client.send(actions.UpdateConfig(src_filename="a.conf", dst_filename="a.conf", changes=tuple(changes)))


def charges(charge: events.AOC_D, rates: events.AOC_S) -> None:
    assert_type(charge.charge_currency_cost, int | None)
    assert_type(charge.charge_units, list[AOCUnit])
    assert_type(charge.charge_units[0].number_of, int | None)
    assert_type(rates.rates, list[AOCRate])
    assert_type(rates.rates[0].time, timedelta | None)

"""Advice of charge.

Only an ISDN line makes Asterisk send these events, so the messages are made here of the JSON that Asterisk builds, by
the rules by which it names JSON members on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from amitypes import events
from amitypes._models.event import Event
from amitypes._models.issue import Issue
from amitypes._protocol.message import Message
from amitypes.nested import AOCRate, AOCUnit

CHANNEL = (
    ("Privilege", "aoc,all"),
    ("Channel", "DAHDI/i1/200-1"),
    ("ChannelState", "6"),
    ("ChannelStateDesc", "Up"),
    ("CallerIDNum", "100"),
    ("CallerIDName", "<unknown>"),
    ("ConnectedLineNum", "200"),
    ("ConnectedLineName", "<unknown>"),
    ("Language", "en"),
    ("AccountCode", ""),
    ("Context", "from-pstn"),
    ("Exten", "100"),
    ("Priority", "1"),
    ("Uniqueid", "1.1"),
    ("Linkedid", "1.1"),
)


def flat(value: object, name: str | None = None) -> Iterator[tuple[str, str]]:
    """JSON as headers: members by their path, elements by their number; the root's name is a null pointer."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from flat(member, key if name is None else f"{name}/{key}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from flat(element, f"{name or '(null)'}({index})")
    else:
        yield str(name), "" if value is None else str(value)


def decoded(name: str, blob: object) -> Event:
    headers = [("Event", name), *CHANNEL, *flat(blob)]
    return events.by_name(name).decode(Message("\r\n".join(f"{key}: {value}" for key, value in headers).encode()))


CURRENCY = {"Name": "CHF", "Cost": 25, "Multiplier": "1/100"}


@pytest.mark.parametrize("name", ["AOC-D", "AOC-E"])
def test_a_charge_in_a_currency(name: str) -> None:
    charge = {"Type": "Currency", "BillingID": "Normal", "TotalType": "SubTotal", "Currency": CURRENCY}
    blob: dict[str, object] = {"ChargingAssociation": None} if name == "AOC-E" else {}
    event = decoded(name, {**blob, "Charge": charge})
    assert isinstance(event, events.AOC_D | events.AOC_E)
    assert (event.issues, event.model_extra) == ((), {})
    assert event.channel == "DAHDI/i1/200-1"
    assert (event.charge_type, event.charge_billing_id, event.charge_total_type) == ("Currency", "Normal", "SubTotal")
    assert (event.charge_currency_name, event.charge_currency_cost) == ("CHF", 25)
    assert (event.charge_currency_multiplier, event.charge_units) == ("1/100", [])


def test_a_charge_in_units() -> None:
    units = [{"NumberOf": "3", "TypeOf": "1"}, {"NumberOf": "4"}, {}, {"TypeOf": "2"}]
    charge = {"Type": "Units", "BillingID": "NotAvailable", "TotalType": "Total", "Units": units}
    event = decoded("AOC-D", {"Charge": charge})
    assert isinstance(event, events.AOC_D)
    assert (event.issues, event.model_extra) == ((), {})
    assert event.charge_units == [AOCUnit(number_of=3, type_of=1), AOCUnit(number_of=4), AOCUnit(type_of=2)]
    assert event.raw["Charge/Units(3)/TypeOf"] == "2"


@pytest.mark.parametrize("kind", ["Free", "NotAvailable"])
def test_a_charge_may_be_free_or_unavailable(kind: str) -> None:
    event = decoded("AOC-D", {"Charge": {"Type": kind}})
    assert isinstance(event, events.AOC_D)
    assert (event.charge_type, event.charge_currency_cost, event.charge_units) == (kind, None, [])
    assert (event.issues, event.model_extra) == ((), {})


@pytest.mark.parametrize(
    ("association", "number", "plan", "identifier"),
    [
        (None, "", None, None),
        ({"Number": "0441234567", "Plan": 33}, "0441234567", 33, None),
        ({"ID": 7}, "", None, 7),
    ],
)
def test_a_charge_may_have_a_number_or_an_id(
    association: object, number: str, plan: int | None, identifier: int | None
) -> None:
    event = decoded("AOC-E", {"ChargingAssociation": association, "Charge": {"Type": "Free"}})
    assert isinstance(event, events.AOC_E)
    assert (event.issues, event.model_extra) == ((), {})
    assert (event.charging_association_number, event.charging_association_plan) == (number, plan)
    assert event.charging_association_id == identifier


RATES = [
    {
        "Chargeable": "BasicCommunication",
        "Duration": {
            "Currency": CURRENCY,
            "ChargingType": "StepFunction",
            "Time": {"Length": 3, "Scale": 4},
            "Granularity": {"Length": 5, "Scale": 1},
        },
    },
    {
        "Chargeable": "CallAttempt",
        "Duration": {
            "Currency": CURRENCY,
            "ChargingType": "ContinuousCharging",
            "Time": {"Length": 4294967295, "Scale": 6},
            "Granularity": None,
        },
    },
    {"Chargeable": "CallSetup", "Flat": {"Currency": CURRENCY}},
    {"Chargeable": "UserUserInfo", "Volume": {"Unit": "Message", "Currency": CURRENCY}},
    {"Chargeable": "SupplementaryService", "SpecialCode": {"SpecialCode": 3}},
    {"Chargeable": "NotAvailable"},
]


PRICED = AOCRate(chargeable="", currency_name="CHF", cost=25, multiplier="1/100")


def test_rates_of_every_kind_are_decoded() -> None:
    event = decoded("AOC-S", RATES)
    assert isinstance(event, events.AOC_S)
    assert (event.issues, event.model_extra) == ((), {})
    assert event.raw["(null)(0)/Duration/Time/Length"] == "3"
    assert event.rates == [
        PRICED.model_copy(
            update={
                "chargeable": "BasicCommunication",
                "charging_type": "StepFunction",
                "time_length": 3,
                "time_scale": 4,
                "granularity_length": 5,
                "granularity_scale": 1,
            }
        ),
        PRICED.model_copy(
            update={
                "chargeable": "CallAttempt",
                "charging_type": "ContinuousCharging",
                "time_length": 4294967295,
                "time_scale": 6,
            }
        ),
        PRICED.model_copy(update={"chargeable": "CallSetup"}),
        PRICED.model_copy(update={"chargeable": "UserUserInfo", "unit": "Message"}),
        AOCRate(chargeable="SupplementaryService", special_code=3),
        AOCRate(chargeable="NotAvailable"),
    ]
    assert [rate.kind for rate in event.rates] == ["Duration", "Duration", "Flat", "Volume", "SpecialCode", ""]
    assert (event.rates[0].time, event.rates[0].granularity) == (timedelta(minutes=3), timedelta(milliseconds=500))
    assert [(rate.time, rate.granularity) for rate in event.rates[1:]] == [(None, None)] * 5


@pytest.mark.parametrize("scale", range(7))
def test_a_duration_is_counted_in_its_scale(scale: int) -> None:
    seconds = [0.01, 0.1, 1, 10, 60, 3600, 86400]
    assert AOCRate(chargeable="", time_length=2, time_scale=scale).time == timedelta(seconds=2 * seconds[scale])


@pytest.mark.parametrize("scale", [None, -1, 7])
def test_an_unknown_scale_has_no_duration(scale: int | None) -> None:
    assert AOCRate(chargeable="", time_length=2, time_scale=scale).time is None


def test_a_rate_without_chargeable_is_an_issue() -> None:
    event = decoded("AOC-S", [{"Flat": {"Currency": CURRENCY}}, {"Chargeable": "CallSetup"}])
    assert isinstance(event, events.AOC_S)
    assert event.rates == [AOCRate(chargeable="CallSetup")]
    problem = "belongs to no AOCRate: (null)(0)/Chargeable with its number is missing"
    assert event.issues == (Issue("(null)(0)/Flat/Currency/Name", "CHF", problem),)
    assert event.raw["(null)(0)/Flat/Currency/Cost"] == "25"

"""Advice of charge: the lists in the events ``AOC-D``, ``AOC-E`` and ``AOC-S``."""
# ruff: noqa: PYI051 - open enumerations, as generated models have them

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final, Literal

from amitypes._models.codec import Header
from amitypes._models.codecs import integer
from amitypes._models.record import Record

__all__ = ["AOCRate", "AOCUnit"]


class AOCUnit(Record):
    """Units of a charge, in ``AOC-D`` and ``AOC-E``."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Charge/Units(0)/NumberOf": Header("number_of", integer),
        "Charge/Units(0)/TypeOf": Header("type_of", integer),
    }

    number_of: int | None = None
    """``Charge/Units(0)/NumberOf``: how many units."""
    type_of: int | None = None
    """``Charge/Units(0)/TypeOf``: the kind of unit, from 1 to 16, as the network defines it."""


_SCALES: Final = (10_000, 100_000, 1_000_000, 10_000_000, 60_000_000, 3_600_000_000, 86_400_000_000)
"""The length of one unit of time in microseconds, by its scale."""


def _duration(length: int | None, scale: int | None) -> timedelta | None:
    if length is None or scale is None or not 0 <= scale < len(_SCALES):
        return None
    try:
        return timedelta(microseconds=length * _SCALES[scale])
    except OverflowError:
        return None


class AOCRate(Record):
    """The price of a part of the call, in ``AOC-S``.

    Asterisk sends no rate that is free or unknown, nor any rate after it. The list has no name on the wire, so the
    names of its headers begin with ``(null)(0)/``.
    """

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "(null)(0)/Chargeable": Header("chargeable"),
        "(null)(0)/Duration/Currency/Name": Header("currency_name"),
        "(null)(0)/Duration/Currency/Cost": Header("cost", integer),
        "(null)(0)/Duration/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/Duration/ChargingType": Header("charging_type"),
        "(null)(0)/Duration/Time/Length": Header("time_length", integer),
        "(null)(0)/Duration/Time/Scale": Header("time_scale", integer),
        "(null)(0)/Duration/Granularity": Header("granularity_length", integer),  # empty if there is none
        "(null)(0)/Duration/Granularity/Length": Header("granularity_length", integer),
        "(null)(0)/Duration/Granularity/Scale": Header("granularity_scale", integer),
        "(null)(0)/Flat/Currency/Name": Header("currency_name"),
        "(null)(0)/Flat/Currency/Cost": Header("cost", integer),
        "(null)(0)/Flat/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/Volume/Unit": Header("unit"),
        "(null)(0)/Volume/Currency/Name": Header("currency_name"),
        "(null)(0)/Volume/Currency/Cost": Header("cost", integer),
        "(null)(0)/Volume/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/SpecialCode/SpecialCode": Header("special_code", integer),
    }

    chargeable: (
        Literal[
            "NotAvailable",
            "SpecialArrangement",
            "BasicCommunication",
            "CallAttempt",
            "CallSetup",
            "UserUserInfo",
            "SupplementaryService",
        ]
        | str
    )
    """``Chargeable``: what the rate is for; ``NotAvailable`` comes without other headers."""
    currency_name: str = ""
    """``Duration/Currency/Name``, ``Flat/…`` or ``Volume/…``"""
    cost: int | None = None
    """``Duration/Currency/Cost``, ``Flat/…`` or ``Volume/…``: in units of `multiplier`."""
    multiplier: Literal["1/1000", "1/100", "1/10", "1", "10", "100", "1000"] | str = ""
    """``Duration/Currency/Multiplier``, ``Flat/…`` or ``Volume/…``: the currency's fraction that `cost` counts."""
    charging_type: Literal["ContinuousCharging", "StepFunction"] | str = ""
    """``Duration/ChargingType``"""
    time_length: int | None = None
    """``Duration/Time/Length``: the duration that `cost` is for, in units of `time_scale`."""
    time_scale: int | None = None
    """``Duration/Time/Scale``: 0 for 1/100 s, 1 for 1/10 s, 2 for 1 s, 3 for 10 s, 4 for minutes, 5 hours, 6 days."""
    granularity_length: int | None = None
    """``Duration/Granularity/Length``: the step in which the duration is counted, in units of `granularity_scale`."""
    granularity_scale: int | None = None
    """``Duration/Granularity/Scale``: with the same meaning as `time_scale`."""
    unit: Literal["Octet", "Segment", "Message"] | str = ""
    """``Volume/Unit``: what is counted."""
    special_code: int | None = None
    """``SpecialCode/SpecialCode``: the network's own code."""

    @property
    def time(self) -> timedelta | None:
        """The duration that `cost` is for; None where there is none."""
        return _duration(self.time_length, self.time_scale)

    @property
    def granularity(self) -> timedelta | None:
        """The step in which the duration is counted; None where there is none."""
        return _duration(self.granularity_length, self.granularity_scale)

    @property
    def kind(self) -> Literal["Duration", "Flat", "Volume", "SpecialCode", ""]:
        """What the rate depends on; empty where no header says."""
        if self.time_length is not None:
            return "Duration"
        if self.unit:
            return "Volume"
        if self.special_code is not None:
            return "SpecialCode"
        return "" if self.cost is None else "Flat"

"""The findings of a measurement: tables, goals and charts, as data for `RESULTS.md` and the plot."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Data):
    """The figures of several repetitions."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of some values."""
        values = sorted(values)
        return cls(median=statistics.median(values), low=values[0], high=values[-1])

    def __str__(self) -> str:
        return f"{shown(self.median)} ({shown(self.low)} to {shown(self.high)})"


Cell = Spread | int | float | str


class Table(_Data):
    """Rows of figures."""

    columns: tuple[str, ...]
    """What is in each column, with its unit; the labels' column is not named."""
    rows: dict[str, tuple[Cell, ...]]
    title: str = ""
    """What the table is of, where a section has several."""


class Goal(_Data):
    """A required figure, and the measured one."""

    what: str
    seen: float
    limit: float
    at_most: bool = False
    """Whether `limit` is the most that `seen` may be, instead of the least."""
    unit: str = "\u00d7"

    @property
    def held(self) -> bool:
        """Whether it is reached."""
        return self.seen <= self.limit if self.at_most else self.seen >= self.limit


class Bars(_Data):
    """A chart of some amounts, less being better."""

    kind: Literal["bars"] = "bars"
    title: str
    bars: dict[str, float]


class Lines(_Data):
    """A chart of how a cost grows, or doesn't; x is logarithmic."""

    kind: Literal["lines"] = "lines"
    title: str
    x: str
    lines: dict[str, tuple[tuple[float, float], ...]]


class Section(_Data):
    """All findings of one measurement."""

    title: str
    text: str
    """How it was measured, and the unit where all tables have the same."""
    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    charts: tuple[Annotated[Bars | Lines, Field(discriminator="kind")], ...] = ()
    origin: str = ""
    """When, and on what; `__main__` fills it in."""


def shown(value: Cell) -> str:
    """A figure with as many digits as it deserves."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"

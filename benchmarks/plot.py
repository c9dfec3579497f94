"""`results.svg`: the charts of all the measurements, as small multiples."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.findings import Bars, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

    from benchmarks.findings import Lines

_ACROSS: Final = 2
_OURS, _OTHERS = ("#22aa77", "#116644", "#66cc99"), ("#999999", "#333333", "#bbbbbb", "#666666")
_STYLE: Final[dict[RcKeyType, object]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "amitypes",  # the same figures give the same file
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
}


def plot(charts: Sequence[Bars | Lines], path: Path) -> None:
    """Draw the charts."""
    down = -(-len(charts) // _ACROSS) or 1
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5 * _ACROSS, 2.4 * down), layout="constrained")
        places = figure.subplots(down, _ACROSS, squeeze=False).flat
        for chart, axes in zip(charts, places, strict=False):
            axes.set_title(chart.title)
            if isinstance(chart, Bars):
                _bars(chart, axes)
            else:
                _lines(chart, axes)
        for axes in places[len(charts) :]:
            axes.set_axis_off()
        figure.savefig(path, format="svg", metadata={"Date": None})


def _bars(chart: Bars, axes: Axes) -> None:
    bars = axes.barh(list(chart.bars), list(chart.bars.values()), color=_colours(chart.bars))
    axes.bar_label(bars, labels=[shown(value) for value in chart.bars.values()], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _lines(chart: Lines, axes: Axes) -> None:
    for (label, points), colour in zip(chart.lines.items(), _colours(chart.lines), strict=True):
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(chart.x)
    axes.set_ylim(bottom=0)
    if len(chart.lines) > 1:
        axes.legend(frameon=False)


def _colours(labels: Iterable[str]) -> list[str]:
    labels = list(labels)
    if not any(label.startswith("amitypes") for label in labels):
        return [f"C{number}" for number, _ in enumerate(labels)]  # all of them are ours
    ours, others = cycle(_OURS), cycle(_OTHERS)
    return [next(ours if label.startswith("amitypes") else others) for label in labels]

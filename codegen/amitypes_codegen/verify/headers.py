"""Names of headers: those that a model declares, and the base name of numbered ones."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from amitypes._models.base import declared_headers
from amitypes._models.numbered_names import split_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes._models.received import Received
    from amitypes.runtime import Header

_NUMBER: Final = re.compile(r"-\d{6}(?=-|$)|\(\d{1,6}\)")
_REPORT: Final = re.compile(r"^(report)\d+", re.IGNORECASE)


@cache
def headers_by_lower_name(model: type[Received]) -> Mapping[str, tuple[str, Header]]:
    """The headers that a model and its bases declare: by name in lower case, each with its exact name."""
    return {name.lower(): (name, header) for name, header in declared_headers(model).items()}


def base_name(name: str) -> str:
    """A header's name with each of its numbers replaced by zero: ``Line-000003`` becomes ``Line-000000``."""
    base, numbers = split_name(name.lower())
    if not numbers:
        return name[: len(base)]
    if base.startswith("reportx"):
        return _REPORT.sub(r"\1X", name, count=1)
    return _NUMBER.sub(lambda found: "(0)" if found[0].startswith("(") else "-000000", name)

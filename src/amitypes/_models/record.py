"""A part of a message, made of the headers with one number."""

from typing import ClassVar, Self

from pydantic import ConfigDict, ValidationError

from amitypes._models.base import WireModel
from amitypes._models.decode import decode_headers
from amitypes._models.issue import Issue
from amitypes._protocol.types import Headers

__all__ = ["Record"]


class Record(WireModel):
    """A part of a message: its headers with one number.

    A field without a default is a header that every record has.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def decode(cls, headers: Headers, issues: list[Issue]) -> Self | None:
        """Make a record of the headers with one number.

        Args:
            headers: The headers, with their names on the wire.
            issues: Receives an issue for each header that isn't as declared.

        Returns:
            The record; None where a header is missing that every record has.
        """
        values: dict[str, object] = {}
        decode_headers(cls._headers.declared, headers, values, issues, depth=1)
        try:
            return cls.model_validate({field: value for field, value in values.items() if value is not None})
        except ValidationError as error:
            missing = {str(failure["loc"][0]) for failure in error.errors()}
        names = ", ".join(name for name, header in cls.wire_headers.items() if header.field in missing)
        issues.append(Issue(*headers[0], f"belongs to no {cls.__name__}: {names} with its number is missing"))
        return None

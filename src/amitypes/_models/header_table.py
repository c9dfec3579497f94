"""The headers that a model class declares, as decoding looks them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from amitypes._models.codec import Header, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes._protocol.types import Headers

__all__ = ["HeaderTable"]


class HeaderTable(NamedTuple):
    """The headers of a class and its bases. All names are in lower case.

    Attributes:
        declared: The declared headers by name; those of records with zero for the number.
        leading: The headers that Asterisk puts before all others, by name. Further on, a header with such a name is
            another one.
        envelope: The fields of `leading` that are properties instead of fields of the model.
        ambiguous: The names in `leading` that stand for an envelope field and are declared as well.
        catch_all: The field that takes headers of any name; None where there is none.
    """

    declared: Mapping[str, Header] = {}
    leading: Mapping[str, Header] = {}
    envelope: frozenset[str] = frozenset()
    ambiguous: frozenset[str] = frozenset()
    catch_all: str | None = None

    def with_declared(self, wire_headers: Mapping[str, Header]) -> Self:
        """The table of a class that declares other headers.

        Args:
            wire_headers: The headers that the class and its bases declare, by their names on the wire.

        Returns:
            A new table with the leading headers of this one.
        """
        declared = {
            wire.lower(): header
            for name, header in wire_headers.items()
            for wire in (header.codec.record.wire_headers if header.codec.record else (name,))
        }
        return self._replace(
            declared=declared,
            ambiguous=frozenset(
                name for name, header in self.leading.items() if header.field in self.envelope and name in declared
            ),
            catch_all=next((header.field for header in declared.values() if header.codec.shape is Shape.HEADERS), None),
        )

    def match_leading(self, headers: Headers) -> list[Header]:
        """Find the leading headers of a message.

        Args:
            headers: The message's headers, in wire order.

        Returns:
            What the first headers stand for, one for each, up to the first one that isn't a leading header.
        """
        found: list[Header] = []
        fields: set[str] = set()
        for name, _ in headers:
            key = name.lower()
            header = self.leading.get(key)
            if header is None or header.field in fields or (key in self.ambiguous and not _repeats(key, headers)):
                break
            found.append(header)
            fields.add(header.field)
        return found


def _repeats(key: str, headers: Headers) -> bool:
    return sum(name.lower() == key for name, _ in headers) > 1

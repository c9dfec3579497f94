"""Compiled decoders: the fast path for messages whose headers come in a sequence that came before.

A server sends the same headers in the same order again and again. Once a sequence has come several times, it gets a
decoder of its own, which takes a whole message apart with one regular expression. Its values go into the model without
validation, so it is made only where the codecs guarantee what the annotations require. It refuses every message that
isn't as expected; those are decoded header by header. The models are the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from keyword import iskeyword
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from amitypes._models.codec import Header, Shape, text
from amitypes._models.field_layout import IMMUTABLE, FieldLayout, field_layout
from amitypes._models.numbered_names import find_header

if TYPE_CHECKING:
    from pydantic import BaseModel

    from amitypes._models.codec import Codec
    from amitypes._models.header_table import HeaderTable
    from amitypes._protocol.message import Message

__all__ = ["CompiledDecoder", "CompiledDecoders", "ExtraSteps"]

_COMPILE_AT: Final = 8
"""How often a sequence of headers comes before it is compiled."""
_MAX_HEADERS: Final = 80
_MAX_DECODERS: Final = 16
_MAX_SEQUENCES: Final = 64


class ExtraSteps(NamedTuple):
    """What a compiled decoder does besides looking up single values.

    Attributes:
        envelope: The properties that Asterisk adds to a message: their names, groups in the match, and values by text.
        undeclared: The undeclared headers: their names and groups.
        combined: The fields that several headers make up: a function that takes the texts and may raise `ValueError`,
            and the groups.
        numbered: The numbered headers: their names and groups.
    """

    envelope: tuple[tuple[str, int, Mapping[str, object]], ...]
    undeclared: tuple[tuple[str, tuple[int, ...]], ...]
    combined: tuple[tuple[str, Callable[[Sequence[str]], object], tuple[int, ...]], ...]
    numbered: tuple[tuple[str, int], ...]


class CompiledDecoder(NamedTuple):
    """Decodes messages with one sequence of headers.

    Attributes:
        match: Finds the values in a message's text; None where the text has other headers.
        build: Takes the values' texts and returns the model's fields, defaults included; raises `ValueError` where a
            text isn't of its type.
        fields_set: The fields that have a header here.
        extra_steps: What else there is to do; None for most sequences.
    """

    match: Callable[[str], re.Match[str] | None]
    build: Callable[..., dict[str, object]]
    fields_set: frozenset[str]
    extra_steps: ExtraSteps | None


class CompiledDecoders:
    """The compiled decoders of one class, and the sequences of headers that may get one.

    Args:
        model: The class.
        table: Its headers.

    Attributes:
        compiled: The decoders, to be tried in order.
    """

    __slots__ = ("_counts", "_layout", "_model", "_table", "compiled")

    def __init__(self, model: type[BaseModel], table: HeaderTable) -> None:
        self.compiled: tuple[CompiledDecoder, ...] = ()
        self._model: Final = model
        self._table: Final = table
        self._counts: dict[tuple[str, ...], int] = {}
        self._layout: FieldLayout | None = None

    @property
    def layout(self) -> FieldLayout:
        """The fields of the class; found at the first use, when the class is complete."""
        layout = self._layout = self._layout or field_layout(self._model, self._table)
        return layout

    @property
    def counted(self) -> int:
        """How many sequences of headers are being counted."""
        return len(self._counts)

    def fields_set(self, frame: bytes) -> frozenset[str]:
        """The fields that have a header in a message.

        Args:
            frame: The bytes of a message that a compiled decoder decoded.

        Returns:
            Their names; none where no decoder matches.
        """
        decoded = frame.decode("utf-8", "surrogateescape")
        return next((decoder.fields_set for decoder in self.compiled if decoder.match(decoded)), frozenset())

    def learn(self, message: Message) -> None:
        """Count a message that no decoder matched, and compile a decoder if enough of its kind came.

        Args:
            message: A message without issues.
        """
        names = tuple([name for name, _ in message.headers])
        if not 1 < len(names) <= _MAX_HEADERS:
            return
        if len(self._counts) >= _MAX_SEQUENCES and names not in self._counts:
            self._counts.clear()
        self._counts[names] = count = self._counts.get(names, 0) + 1
        if count != _COMPILE_AT or len(self.compiled) >= _MAX_DECODERS:
            return
        decoder = _compile(self._table, self.layout, names, self._table.match_leading(message.headers))
        if decoder is not None and decoder.match(message.frame.decode("utf-8", "surrogateescape")):
            self.compiled = (*self.compiled, decoder)

    def forget(self) -> None:
        """Drop all decoders and counts."""
        self.compiled = ()
        self._counts.clear()


def _compile(
    table: HeaderTable, layout: FieldLayout, names: Sequence[str], leading: Sequence[Header]
) -> CompiledDecoder | None:
    """A decoder for a sequence of headers; None where the class or these headers can't have one."""
    if names[0].lower() not in _FIRST_HEADERS:
        return None
    groups: dict[str, int] = {}
    codecs: dict[str, Codec] = {}
    envelope: list[tuple[str, int, Mapping[str, object]]] = []
    undeclared: dict[str, list[int]] = {}
    combined: dict[str, list[int]] = {}
    numbered: list[tuple[str, int]] = []
    for group, name in enumerate(names, 1):
        leads = group <= len(leading)
        header = leading[group - 1] if leads else find_header(table.declared, name.lower())[0]
        if leads and header and header.field in table.envelope:
            envelope.append((header.field, group, _value_cache(header.codec, optional=True)))
        elif header is None:
            undeclared.setdefault(name, []).append(group)
        elif header.field not in layout.trusted:
            return None
        elif header.codec.shape in _COMBINE:
            combined.setdefault(header.field, []).append(group)
            codecs[header.field] = header.codec
        elif header.codec.shape is not Shape.ONE:
            numbered.append((name, group))
            codecs[header.field] = header.codec
        elif header.field in codecs:
            return None
        else:
            groups[header.field] = group
            codecs[header.field] = header.codec
    if layout.required - codecs.keys() or not all(map(_is_identifier, layout.template)):
        return None
    extra_steps = ExtraSteps(
        envelope=tuple(envelope),
        undeclared=tuple((name, tuple(places)) for name, places in undeclared.items()),
        combined=tuple(
            (field, partial(_COMBINE[codecs[field].shape], codecs[field]), tuple(places))
            for field, places in combined.items()
        ),
        numbered=tuple(numbered),
    )
    return CompiledDecoder(
        match=re.compile(_pattern(names)).fullmatch,
        build=_build_function(layout, groups, codecs, len(names)),
        fields_set=frozenset(codecs),
        extra_steps=extra_steps if any(extra_steps) else None,
    )


def _combine_list(codec: Codec, texts: Sequence[str]) -> list[object]:
    return [codec.decode(each) for each in texts]


def _combine_mapping(codec: Codec, texts: Sequence[str]) -> dict[str, object]:
    parts = [each.partition("=") for each in texts]
    return {name: codec.decode(content) for name, _, content in parts}


_COMBINE: Final = {Shape.LIST: _combine_list, Shape.MAPPING: _combine_mapping}


_FIRST_HEADERS: Final = {"event": "", "response": r"(?i:(?![ \t]*follows[ \t]*\r?\n))"}
"""The first header of a message, by its name, and a pattern that its value must match: `Response: Follows` has text."""


def _pattern(names: Sequence[str]) -> str:
    # A value holds no line feed, so a message with other line ends than the server's usual ones doesn't match.
    lines = [f"{re.escape(name)}: (.*)\\r" for name in names]
    lines[0] = lines[0].replace("(", f"{_FIRST_HEADERS[names[0].lower()]}(", 1)
    return "\\n".join(lines)


def _build_function(
    layout: FieldLayout, groups: Mapping[str, int], codecs: Mapping[str, Codec], count: int
) -> Callable[..., dict[str, object]]:
    """A function that takes the texts of all headers, and returns the fields of a model.

    It is compiled from source: nothing fills a dict faster than setting attributes one after another, and the dicts of
    one decoder share their keys. Only the fields' names get into the source, and all of them are identifiers.

    Args:
        layout: The fields of the class.
        groups: The position of each field's text, counted from 1; none for a field of several headers.
        codecs: The codecs of all fields that have a header.
        count: The number of texts.
    """
    namespace: dict[str, object] = {"Row": type("Row", (), {})}
    lines: list[str] = []
    for number, (field, default) in enumerate(layout.template.items()):
        constant, value = f"constant{number}", f"text{groups.get(field)}"
        if field not in groups:
            factory = None if field in codecs else layout.factories.get(field)
            namespace[constant], value = (default, constant) if factory is None else (factory, f"{constant}()")
        elif codecs[field] is not text:
            namespace[constant] = _value_cache(codecs[field], optional=field in layout.optional)
            value = f"{constant}[{value}]"
        lines.append(f"    row.{field} = {value}\n")
    texts = ", ".join(f"text{group}" for group in range(1, count + 1))
    source = f"def build({texts}):\n    row = Row()\n{''.join(lines)}    return row.__dict__"
    exec(source, namespace)  # noqa: S102 - source made here, of identifiers only
    return cast("Callable[..., dict[str, object]]", namespace["build"])


def _is_identifier(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


_CACHED_TYPES: Final = IMMUTABLE - {datetime}  # a datetime hardly ever repeats
_MAX_CACHED: Final = 512
_MAX_CACHED_LENGTH: Final = 32


class _ValueCache(dict[str, object]):
    """The values of texts of one type. Looking up a new text decodes it, and caches values that models can share.

    Args:
        codec: The type of the header.
        optional: Whether the value may be None.

    Raises:
        ValueError: On looking up a text that isn't of this type.
    """

    __slots__ = ("_codec", "_optional")

    def __init__(self, codec: Codec, *, optional: bool) -> None:
        self._codec = codec
        self._optional = optional

    def __missing__(self, text: str) -> object:
        value = self._codec.read(text)
        if value is None and not self._optional:
            msg = "no value"
            raise ValueError(msg)
        if type(value) in _CACHED_TYPES and len(text) <= _MAX_CACHED_LENGTH:
            if len(self) >= _MAX_CACHED:
                self.clear()
            self[text] = value
        return value


@cache
def _value_cache(codec: Codec, *, optional: bool) -> _ValueCache:
    return _ValueCache(codec, optional=optional)

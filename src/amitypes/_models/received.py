"""The base of the generated models, and how a message becomes one.

Everything here holds three promises: decoding never raises, no header is lost (`raw` has all of them, `model_extra` the
undeclared ones), and what couldn't be decoded as declared is listed in `issues`.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypedDict, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from amitypes._models.base import WireModel, declared_headers
from amitypes._models.codec import Header
from amitypes._models.compiled import HeaderTable, Plans, Rest
from amitypes._models.decode import decode_headers, decode_one
from amitypes._models.issue import Issue
from amitypes._protocol.message import Kind, Message, RawMessage, as_dict, to_message
from amitypes._protocol.types import Headers, WireDict

__all__ = ["Header", "Issue"]


class _Private(TypedDict, total=False):
    """What a received model has besides its fields."""

    frame: bytes
    """The message that it was made of: only its bytes, for the message may refer to the model."""
    headers: Headers
    """The message's headers, where they aren't what the bytes say."""
    issues: tuple[Issue, ...]
    envelope: Mapping[str, object]
    """What the server adds to any message of the kind: properties instead of fields, for each class has its cost."""
    events: "tuple[Received, ...]"
    """What came with a response."""


class _Lazy:
    """In the place of one of pydantic's own slots, which is filled when somebody asks for it.

    Args:
        slot: Its name.
        make: What a planned model has there.
    """

    def __init__(self, slot: str, make: "Callable[[Received], object]") -> None:
        self._get, self._set = vars(BaseModel)[slot].__get__, vars(BaseModel)[slot].__set__
        self._make = make

    def __get__(self, model: "Received | None", owner: object) -> object:
        if model is None:
            return self
        try:
            return self._get(model)
        except AttributeError:
            self._set(model, self._make(model))
            return self._get(model)

    def __set__(self, model: "Received", value: object) -> None:
        self._set(model, value)


class Received(WireModel):
    """A message from the server: an event, or a response."""

    if not TYPE_CHECKING:
        # The former takes as much memory as all the fields, the latter is empty as a rule.
        __pydantic_fields_set__ = _Lazy("__pydantic_fields_set__", lambda model: model._given())
        __pydantic_extra__ = _Lazy("__pydantic_extra__", lambda _: {})

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")
    wire_headers: ClassVar[Mapping[str, Header]] = {"ActionID": Header("action_id")}
    free_headers: ClassVar[bool] = False
    """Whether the server adds headers of any name, as its users please: they are in `extra_headers`."""
    _opening: ClassVar[Mapping[str, Header]] = {}
    """The headers that a message of this kind opens with, by their names in lower case: later ones are others."""
    _beside: ClassVar[frozenset[str]] = frozenset()
    """Those of them that are properties instead of fields, by name."""
    _contested: ClassVar[frozenset[str]] = frozenset()
    """Those of the latter whose names the class has for headers of its own, too."""
    _plans: ClassVar[Plans]
    """What is known of messages that came often."""

    action_id: str = ""
    """``ActionID``: the id of the action that this answers; empty when it answers none."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Find the class's headers that something else may be taken for."""
        super().__pydantic_init_subclass__(**kwargs)
        cls._contested = frozenset(
            name for name, header in cls._opening.items() if header.field in cls._beside and name in cls._declared
        )
        cls._plans = Plans(cls, HeaderTable(cls._declared, cls._opening, cls._beside, cls._free))

    @property
    def raw(self) -> WireDict:
        """The message as it came: the wire's names and order; a header that repeats is a list."""
        private = self._private
        frame = private.get("frame", b"")
        return as_dict(private["headers"] if "headers" in private else Message(frame).headers)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What could not be decoded as declared; empty when all is well."""
        return self._private.get("issues", ())

    @property
    def extra_headers(self) -> WireDict:
        """The headers that the class doesn't declare, in the order of the wire: `model_extra` with its type."""
        return dict(self.model_extra or {})

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that every such message of Asterisk 16 to 23 has, but this one has not; as a rule there are none.

        Their fields are None, though their types say otherwise.
        """
        if "frame" not in self._private:
            return ()
        required = [name for name, field in type(self).model_fields.items() if field.is_required()]
        here = {name.lower() for name in self.raw} if required else set[str]()
        names = self._wire_names() if required else {}
        return tuple(names[field] for field in required if names[field].lower() not in here)

    @property
    def _private(self) -> _Private:
        # In pydantic's own slot for private values, which copies and pickles with the model, but set without the cost
        # of declaring them.
        return cast("_Private", self.__pydantic_private__ or {})

    def _given(self) -> set[str]:
        return set(self._plans.given(self._private.get("frame", b"")))

    @classmethod
    def decode(cls, message: RawMessage) -> Self:
        """Make a model of a message.

        Args:
            message: Any message at all, or the bytes of an event.

        Returns:
            The model; what doesn't fit the declared types is in `issues`, what isn't declared in `model_extra`.
        """
        # Where most events pass: those like many before.
        if isinstance(message, bytes):
            frame = message
        elif message.cut:
            return cls._decode_unplanned(message)
        else:
            frame = message.frame
        text = frame.decode("utf-8", "surrogateescape")
        for match, fill, _, rest in cls._plans.known:
            if (found := match(text)) is None:
                continue
            private: _Private = {"frame": frame}
            extra = None
            try:
                values = fill(*found.groups())
                if rest:
                    extra = cls._decode_rest(rest, found, values, private)
            except ValueError:
                break
            model = _new(cls)
            _set_values(model, values)
            _set_private(model, private)
            if extra:
                _set_extra(model, extra)
            return model
        return cls._decode_unplanned(to_message(message))

    @classmethod
    def _decode_rest(
        cls,
        rest: Rest,
        found: re.Match[str],
        values: dict[str, object],
        private: _Private,
    ) -> WireDict:
        """Decode what a plan leaves over: what is around the message, and headers that are no value by themselves.

        Returns:
            The undeclared headers.

        Raises:
            ValueError: Something is wrong with them.
        """
        if rest.envelope:
            private["envelope"] = {field: read[found[place]] for field, place, read in rest.envelope}
        for field, make, places in rest.several:
            values[field] = make([found[place] for place in places])
        if rest.numbered:
            issues: list[Issue] = []
            numbered: dict[str, object] = {}
            headers = [(name, found[place]) for name, place in rest.numbered]
            if decode_headers(cls._declared, headers, numbered, issues, free=cls.free_headers) or issues:
                raise ValueError(issues)
            values.update(numbered)
        return {
            name: found[places[0]] if len(places) == 1 else [found[place] for place in places]
            for name, places in rest.undeclared
        }

    @classmethod
    def _decode_unplanned(cls, message: Message) -> Self:
        headers = message.headers
        values: dict[str, object] = {}
        issues: list[Issue] = []
        opening = cls._find_opening(headers)
        for header, (name, value) in zip(opening, headers, strict=False):
            decode_one(header, name, value, values, issues)
        envelope = {field: values.pop(field) for field in cls._beside & values.keys()} if len(opening) > 1 else {}
        after = headers[len(opening) :]
        extra = as_dict(decode_headers(cls._declared, after, values, issues, free=cls.free_headers))
        if message.cut:
            issues.append(Issue(*(headers[-1] if headers else ("", "")), message.cut))
        if not issues:
            cls._plans.learn(message, opening)
        if cls._free is not None and extra:
            values[cls._free] = {name: value if isinstance(value, str) else value[0] for name, value in extra.items()}
            extra = {}
        whole = cls._plans.fill(values)
        if whole is not None:
            model = _new(cls)
            _set_values(model, whole)
            _set_given(model, set(values))
        else:
            try:
                model = cls.model_validate(values)
            except ValidationError as error:
                model = cls._despite(error, values, message, issues)
        private: _Private = {"frame": message.frame}
        if message.kind is Kind.TEXT:
            private["headers"] = headers
        if issues:
            private["issues"] = tuple(issues)
        if envelope:
            private["envelope"] = envelope
        _set_extra(model, extra)
        _set_private(model, private)
        return model

    @classmethod
    def _find_opening(cls, headers: Headers) -> list[Header]:
        """What the headers with which a message opens are, as far as they mean something else there than later on."""
        opening: list[Header] = []
        fields: set[str] = set()
        for name, _ in headers:
            key = name.lower()
            header = cls._opening.get(key)
            if header is None or header.field in fields or (key in cls._contested and not _comes_again(key, headers)):
                break
            opening.append(header)
            fields.add(header.field)
        return opening

    @classmethod
    def _despite(cls, error: ValidationError, values: dict[str, object], message: Message, issues: list[Issue]) -> Self:
        """Make a model of a message that lacks what every such message has, or has it with another type's value.

        Such a field is None whatever its annotation says, which `missing` or an issue tells; the rest has been decoded.
        """
        wire_names = cls._wire_names()
        known = {issue.header.lower() for issue in issues}
        faults = {str(fault["loc"][0]): fault for fault in error.errors()}
        for field, fault in faults.items():
            name = wire_names.get(field, field)
            values.pop(field, None)
            if fault["type"] != "missing" and name.lower() not in known:
                issues.append(Issue(name, message.get(name), fault["msg"]))
        model = cls.model_construct(set(values), **values)
        for field in faults:
            if cls.model_fields[field].is_required():
                vars(model)[field] = None
        return model

    @classmethod
    def _wire_names(cls) -> Mapping[str, str]:
        """The headers' names on the wire, by the fields of this class and its bases."""
        return {header.field: name for name, header in declared_headers(cls).items()}


_new: Final = object.__new__
# Past pydantic's own setting of attributes, which is for models in use.
_set_values, _set_given, _set_extra, _set_private = (
    cast("Callable[[BaseModel, object], None]", vars(BaseModel)[slot].__set__)
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def _comes_again(key: str, headers: Headers) -> bool:
    return sum(name.lower() == key for name, _ in headers) > 1

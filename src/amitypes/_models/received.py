"""The base of events and responses, and how a message becomes one.

Decoding never raises, and loses nothing: `raw` has all headers, `model_extra` the undeclared ones, and `issues` says
what couldn't be decoded as declared.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypedDict, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from amitypes._models.base import WireModel, declared_headers
from amitypes._models.codec import Header
from amitypes._models.compiled import CompiledDecoders, ExtraSteps
from amitypes._models.decode import decode_header, decode_headers
from amitypes._models.issue import Issue
from amitypes._protocol.headers import as_dict
from amitypes._protocol.message import Kind, Message, RawMessage, to_message
from amitypes._protocol.types import Headers, WireDict

__all__ = ["Received", "compiled_decoders", "decode_uncompiled"]


class _Private(TypedDict, total=False):
    """What a received model has besides its fields."""

    frame: bytes
    """The bytes of the message. The message itself may refer to the model, which would then be a reference cycle."""
    headers: Headers
    """The message's headers, where they can't be parsed from the bytes."""
    issues: tuple[Issue, ...]
    envelope: Mapping[str, object]
    """The headers that Asterisk adds to any message of the kind: properties, as each field has a cost in each class."""
    events: "tuple[Received, ...]"
    """The events that came with a response."""


class _LazySlot:
    """Replaces one of pydantic's own slots, and fills it when it is first read.

    Args:
        slot: The slot's name.
        make: Makes the value for a model that was made without one.
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
        # The first takes as much memory as all the fields, the second is empty in most models.
        __pydantic_fields_set__ = _LazySlot("__pydantic_fields_set__", lambda model: model._find_fields_set())
        __pydantic_extra__ = _LazySlot("__pydantic_extra__", lambda _: {})

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")
    wire_headers: ClassVar[Mapping[str, Header]] = {"ActionID": Header("action_id")}
    accepts_any_header: ClassVar[bool] = False
    """Whether the server adds headers of any name, as its users choose: they are in `extra_headers`."""
    _decoders: ClassVar[CompiledDecoders]

    action_id: str = ""
    """``ActionID``: the id of the action that this answers; empty when it answers none."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Collect the headers of the class and its bases, and start without compiled decoders."""
        super().__pydantic_init_subclass__(**kwargs)
        cls._decoders = CompiledDecoders(cls, cls._headers)

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
        """Headers that every such message of Asterisk 16 to 23 has, but not this one; empty for most messages.

        Their fields are None, though their types say otherwise.
        """
        if "frame" not in self._private:
            return ()
        required = [name for name, field in type(self).model_fields.items() if field.is_required()]
        present = {name.lower() for name in self.raw} if required else set[str]()
        names = self._wire_names() if required else {}
        return tuple(names[field] for field in required if names[field].lower() not in present)

    @property
    def _private(self) -> _Private:
        # In pydantic's own slot for private values, which copies and pickles with the model, but set without the cost
        # of declaring them.
        return cast("_Private", self.__pydantic_private__ or {})

    def _find_fields_set(self) -> set[str]:
        return set(self._decoders.fields_set(self._private.get("frame", b"")))

    @classmethod
    def decode(cls, message: RawMessage) -> Self:
        """Make a model of a message.

        Args:
            message: Any message at all, or the bytes of an event.

        Returns:
            The model; what doesn't fit the declared types is in `issues`, what isn't declared in `model_extra`.
        """
        # The fast path, which most events take.
        if isinstance(message, bytes):
            frame = message
        elif message.truncated_reason:
            return cls._decode_uncompiled(message)
        else:
            frame = message.frame
        text = frame.decode("utf-8", "surrogateescape")
        for match, build, _, extra_steps in cls._decoders.compiled:
            if (found := match(text)) is None:
                continue
            private: _Private = {"frame": frame}
            extra = None
            try:
                values = build(*found.groups())
                if extra_steps:
                    extra = cls._run_extra_steps(extra_steps, found, values, private)
            except ValueError:
                break
            model = _new(cls)
            _set_values(model, values)
            _set_private(model, private)
            if extra:
                _set_extra(model, extra)
            return model
        message = to_message(message)
        model = cls._decode_uncompiled(message)
        if not model.issues:
            cls._decoders.learn(message)
        return model

    @classmethod
    def _run_extra_steps(
        cls,
        steps: ExtraSteps,
        found: re.Match[str],
        values: dict[str, object],
        private: _Private,
    ) -> WireDict:
        """Decode what a compiled decoder doesn't look up: the envelope, and headers that aren't a value by themselves.

        Returns:
            The undeclared headers.

        Raises:
            ValueError: A header isn't of its type.
        """
        if steps.envelope:
            private["envelope"] = {field: cache[found[group]] for field, group, cache in steps.envelope}
        for field, combine, groups in steps.combined:
            values[field] = combine([found[group] for group in groups])
        if steps.numbered:
            issues: list[Issue] = []
            numbered: dict[str, object] = {}
            headers = [(name, found[group]) for name, group in steps.numbered]
            undeclared = decode_headers(
                cls._headers.declared, headers, numbered, issues, accepts_any_header=cls.accepts_any_header
            )
            if undeclared or issues:
                raise ValueError(issues)
            values.update(numbered)
        return {
            name: found[groups[0]] if len(groups) == 1 else [found[group] for group in groups]
            for name, groups in steps.undeclared
        }

    @classmethod
    def _decode_uncompiled(cls, message: Message, *, validate: bool = False) -> Self:
        table = cls._headers
        headers = message.headers
        values: dict[str, object] = {}
        issues: list[Issue] = []
        leading = table.match_leading(headers)
        for header, (name, value) in zip(leading, headers, strict=False):
            decode_header(header, name, value, values, issues)
        envelope = {field: values.pop(field) for field in table.envelope & values.keys()} if len(leading) > 1 else {}
        undeclared = decode_headers(
            table.declared, headers[len(leading) :], values, issues, accepts_any_header=cls.accepts_any_header
        )
        extra = as_dict(undeclared)
        if message.truncated_reason:
            issues.append(Issue(*(headers[-1] if headers else ("", "")), message.truncated_reason))
        if table.catch_all is not None and extra:
            values[table.catch_all] = {
                name: value if isinstance(value, str) else value[0] for name, value in extra.items()
            }
            extra = {}
        complete = None if validate else cls._decoders.layout.complete(values)
        if complete is not None:
            model = _new(cls)
            _set_values(model, complete)
            _set_fields_set(model, set(values))
        else:
            try:
                model = cls.model_validate(values)
            except ValidationError as error:
                model = cls._construct_unvalidated(error, values, message, issues)
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
    def _construct_unvalidated(
        cls, error: ValidationError, values: dict[str, object], message: Message, issues: list[Issue]
    ) -> Self:
        """Make a model of a message that lacks required headers, or whose values aren't of the declared types.

        Such a field is None whatever its annotation says, and `missing` or an issue names it. The other fields have
        their values.
        """
        wire_names = cls._wire_names()
        known = {issue.header.lower() for issue in issues}
        failures = {str(failure["loc"][0]): failure for failure in error.errors()}
        for field, failure in failures.items():
            name = wire_names.get(field, field)
            values.pop(field, None)
            if failure["type"] != "missing" and name.lower() not in known:
                issues.append(Issue(name, message.get(name), failure["msg"]))
        model = cls.model_construct(set(values), **values)
        for field in failures:
            if cls.model_fields[field].is_required():
                vars(model)[field] = None
        return model

    @classmethod
    def _wire_names(cls) -> Mapping[str, str]:
        """The headers' names on the wire, by the fields of this class and its bases."""
        return {header.field: name for name, header in declared_headers(cls).items()}


ReceivedT = TypeVar("ReceivedT", bound=Received)


def decode_uncompiled(kind: type[ReceivedT], message: Message, *, validate: bool = False) -> ReceivedT:
    """Decode a message header by header, even where there is a compiled decoder for it.

    The model is the same as that of `Received.decode`; tests compare them.

    Args:
        kind: The class.
        message: The message.
        validate: Whether pydantic validates the values even where they need no validation; default: False.

    Returns:
        The model.
    """
    return kind._decode_uncompiled(message, validate=validate)


def compiled_decoders(kind: type[Received]) -> CompiledDecoders:
    """The compiled decoders of a class, for tests that make it forget or learn them.

    Args:
        kind: The class.

    Returns:
        The decoders; they change as messages are decoded.
    """
    return kind._decoders


_new: Final = object.__new__
# These bypass pydantic's own __setattr__, which serves models in use.
_set_values, _set_fields_set, _set_extra, _set_private = (
    cast("Callable[[BaseModel, object], None]", vars(BaseModel)[slot].__set__)
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)

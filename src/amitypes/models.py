"""The base of the generated models, and how a message becomes one.

Everything here holds three promises: decoding never raises, no header is lost (`raw` has all of them, `model_extra` the
undeclared ones), and what couldn't be decoded as declared is listed in `issues`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, Generic, Protocol, Self, TypedDict, cast

from pydantic import VERSION, BaseModel, ConfigDict, SerializeAsAny, ValidationError
from typing_extensions import TypeVar

from amitypes._hidden import MASK, names_a_secret
from amitypes.codecs import Header, Shape, encode, epoch, integer, strings
from amitypes.decoding import Issue, decode_headers, decode_one
from amitypes.plans import Plans, Rest
from amitypes.wire import Arrival, Headers, Kind, Message, WireDict, as_dict, message_of

__all__ = [
    "Acknowledgement",
    "Action",
    "AnsweredLater",
    "Event",
    "Header",
    "Issue",
    "ListResponse",
    "Record",
    "Response",
    "Sender",
    "UnknownEvent",
    "WireModel",
]

_DEFERS: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
"""Whether a model is built when it is needed: before 2.14, pydantic can't dump one then where `SerializeAsAny` is."""


class _Private(TypedDict, total=False):
    """What a received model has besides its fields."""

    frame: bytes
    """The message that it was made of: only its bytes, for the message may refer to the model."""
    headers: Headers
    """The message's headers, where they aren't what the bytes say."""
    issues: tuple[Issue, ...]
    envelope: Mapping[str, object]
    """What the server adds to any message of the kind: properties instead of fields, for each class has its cost."""
    events: "tuple[Event, ...]"
    """What came with a response."""


class WireModel(BaseModel):
    """A model of a message: its fields, and the headers that they are on the wire."""

    model_config: ClassVar[ConfigDict] = ConfigDict(protected_namespaces=(), defer_build=_DEFERS)

    wire_name: ClassVar[str] = ""
    """The name on the wire: of the action, or of the event; a response has its action's."""
    wire_headers: ClassVar[Mapping[str, Header]] = {}
    """The headers that this class declares itself, by their names on the wire."""
    _declared: ClassVar[Mapping[str, Header]] = {}
    _free: ClassVar[str | None] = None
    """The field that takes headers of any name, where there is one."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Collect the headers of the class and its bases, by name in lower case."""
        super().__pydantic_init_subclass__(**kwargs)
        own = {
            wire.lower(): header
            for name, header in cls.wire_headers.items()
            for wire in (header.codec.record.wire_headers if header.codec.record else (name,))
        }
        cls._declared = {**cls._declared, **own}
        cls._free = next((header.field for header in own.values() if header.codec.shape is Shape.HEADERS), cls._free)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        """The fields, but for what is a secret by its name: an undeclared header, a variable, an entry of a mapping."""
        variable: object = getattr(self, "variable", None)
        hidden = _OF_VARIABLE if isinstance(variable, str) and names_a_secret(variable) else frozenset[str]()
        for name, value in super().__repr_args__():
            undeclared = name is not None and name not in type(self).model_fields
            hide = value and (name in hidden or (undeclared and names_a_secret(str(name))))
            yield name, MASK if hide else _shown(value)


def declared_headers(model: type[WireModel]) -> dict[str, Header]:
    """The headers that a class and its bases declare.

    Args:
        model: The class.

    Returns:
        The headers by their names on the wire, those of the bases first.
    """
    declared: dict[str, Header] = {}
    for base in reversed(model.__mro__):
        declared |= vars(base).get("wire_headers", {})
    return declared


class Record(WireModel):
    """A part of a message: what its headers with one number say together.

    A field without a default is a header that every record has.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def decode(cls, headers: Headers, issues: list[Issue]) -> Self | None:
        """Make a record of the headers of one number.

        Args:
            headers: The headers, with their names on the wire.
            issues: Takes what could not be decoded as declared.

        Returns:
            The record; None where it lacks what every record has.
        """
        values: dict[str, object] = {}
        decode_headers(cls._declared, headers, values, issues, depth=1)
        try:
            return cls.model_validate({field: value for field, value in values.items() if value is not None})
        except ValidationError as error:
            absent = {str(fault["loc"][0]) for fault in error.errors()}
        names = ", ".join(name for name, header in cls.wire_headers.items() if header.field in absent)
        issues.append(Issue(*headers[0], f"belongs to no {cls.__name__}, as {names} of its number is missing"))
        return None


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
        cls._plans = Plans()

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
    def decode(cls, message: Arrival) -> Self:
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
        return cls._decode_unplanned(message_of(message))

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
            cls._plans.learn(cls, message, opening)
        if cls._free is not None and extra:
            values[cls._free] = {name: value if isinstance(value, str) else value[0] for name, value in extra.items()}
            extra = {}
        whole = cls._plans.fill(cls, values)
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


class Event(Received):
    """An event, and the base of all of them. Subscribed to, it stands for every event."""

    wire_headers: ClassVar[Mapping[str, Header]] = {"Privilege": Header("privilege")}
    _opening: ClassVar[Mapping[str, Header]] = {
        "event": Header("event"),
        "privilege": Header("privilege"),
        "timestamp": Header("timestamp", epoch),
        "sequencenumber": Header("sequence_number", integer),
        "file": Header("source_file"),
        "line": Header("source_line", integer),
        "func": Header("source_function"),
        "systemname": Header("system_name"),
    }
    _beside: ClassVar[frozenset[str]] = frozenset(header.field for header in _opening.values()) - {"event", "privilege"}

    event: str = ""
    """``Event``: the event's name as the server spelled it."""
    privilege: str = ""
    """``Privilege``: the classes of the event, such as ``call,all``; empty on most items of a list."""

    @property
    def timestamp(self) -> datetime | None:
        """``Timestamp``: when the event was made; only with ``timestampevents=yes`` in manager.conf."""
        return cast("datetime | None", self._envelope.get("timestamp"))

    @property
    def system_name(self) -> str:
        """``SystemName``: the server's ``systemname`` in asterisk.conf; empty where it has none."""
        return cast("str", self._envelope.get("system_name", ""))

    @property
    def sequence_number(self) -> int | None:
        """``SequenceNumber``: counts the server's events; only with ``debug=on`` in manager.conf."""
        return cast("int | None", self._envelope.get("sequence_number"))

    @property
    def source_file(self) -> str:
        """``File``: where in Asterisk's source the event was made; only with ``debug=on`` in manager.conf."""
        return cast("str", self._envelope.get("source_file", ""))

    @property
    def source_line(self) -> int | None:
        """``Line``: in which line of `source_file`."""
        return cast("int | None", self._envelope.get("source_line"))

    @property
    def source_function(self) -> str:
        """``Func``: in which function of `source_file`."""
        return cast("str", self._envelope.get("source_function", ""))

    @property
    def _envelope(self) -> Mapping[str, object]:
        return self._private.get("envelope", {})


class UnknownEvent(Event):
    """An event that has no class of its own. Its headers are in `raw` and `model_extra`.

    Without a name (`event` is empty) it is a message that is no event and that nobody waits for, such as the second of
    the two answers that Asterisk gives to a wrong ``ModuleLoad``.
    """


class Response(Received):
    """The answer to an action."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Message": Header("message"),
        "EventList": Header("event_list"),
        "Output": Header("output", strings),
    }
    _opening: ClassVar[Mapping[str, Header]] = {
        "response": Header("response"),
        "actionid": Header("action_id"),
        "eventlist": Header("event_list"),
        "message": Header("message"),
    }

    event_names: ClassVar[tuple[str, ...]] = ()
    """The events on the wire that may come with it; ``*`` for any."""

    response: str = ""
    """``Response``: ``Success``, ``Error`` or ``Goodbye``."""
    message: str = ""
    """``Message``: what the server says of it, in words."""
    event_list: str = ""
    """``EventList``: ``start`` where a list of events follows."""
    output: list[str] = []
    """``Output``: the lines that a CLI command printed, failed ones included."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that every such answer of Asterisk 16 to 23 has, but this one has not; a refusal lacks none."""
        return () if self.response == "Error" else super().missing

    @property
    def events(self) -> tuple[Event, ...]:
        """Events that came as part of an answer that isn't declared as a list: those of `event_names`, as a rule."""
        return self._private.get("events", ())

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all the messages of an answer.

        Args:
            messages: The answer's messages in wire order, the response itself first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        response = cls.decode(messages[0])
        if len(messages) > 1:
            response._private["events"] = tuple(events.decode_event(message) for message in messages[1:])
        return response


class Acknowledgement(Response):
    """The answer to an action that has nothing to tell: ``Response`` and ``Message`` only."""


class EventDecoder(Protocol):
    """What knows the class of each event."""

    def event_class(self, name: str) -> type[Event] | None:
        """The class of the event of this name, or None."""
        ...

    def decode_event(self, message: Message) -> Event:
        """Make a message the event that its name says."""
        ...


ItemT_co = TypeVar("ItemT_co", bound=Event, default=Event, covariant=True)
CompleteT_co = TypeVar("CompleteT_co", bound=Event, default=Event, covariant=True)


class ListResponse(BaseModel, Generic[ItemT_co, CompleteT_co]):
    """The answer to an action that lists: a head, an event for each item, and an event that completes the list."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=_DEFERS)
    wire_name: ClassVar[str] = ""
    item_names: ClassVar[tuple[str, ...]] = ()
    """The events on the wire that are items."""
    complete_class: ClassVar[str] = ""
    """The event on the wire that completes the list."""

    response: Response
    """The head."""
    items: list[SerializeAsAny[ItemT_co]] = []
    """The items, in wire order."""
    complete: SerializeAsAny[CompleteT_co]
    """The event that completed the list; one without fields where the server ended the list without it."""
    others: list[SerializeAsAny[Event]] = []
    """Events that came with the list and are none of its declared items."""

    if not TYPE_CHECKING:

        def __class_getitem__(cls, item: object) -> type:
            """Leave the class as it is: the parameters are for type checkers, and pydantic's copies cost time."""
            return cls

    @property
    def message(self) -> str:
        """The head's ``Message``."""
        return self.response.message

    @property
    def action_id(self) -> str:
        """The ActionID that the whole answer carries."""
        return self.response.action_id

    @property
    def raw(self) -> WireDict:
        """The head as it came; each item has its own."""
        return self.response.raw

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What could not be decoded as declared, in the head or in any event of the list."""
        return tuple(issue for part in self._parts for issue in part.issues)

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that the head or any event of the list always has, but not here."""
        return tuple(name for part in self._parts for name in part.missing)

    @property
    def _parts(self) -> tuple[Received, ...]:
        return (self.response, *self.items, *self.others, self.complete)

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all the messages of an answer.

        Args:
            messages: The answer's messages in wire order, the head first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        head, *rest = messages
        parts = ListParts(cls, events)
        last = rest.pop() if rest and parts.is_last(rest[-1]) else None
        items: list[Event] = []
        others: list[Event] = []
        for message in rest:
            (items if parts.is_item(message) else others).append(events.decode_event(message))
        return cls.model_validate(
            {
                "response": Response.decode(head),
                "items": items,
                "complete": parts.decode_complete(last),
                "others": others,
            }
        )


class ListParts:
    """Tells the parts of an answer that lists.

    Args:
        kind: The answer's type.
        events: Finds the class of an event.
    """

    def __init__(self, kind: type[ListResponse], events: EventDecoder) -> None:
        self._items = frozenset(name.lower() for name in kind.item_names)
        self._last = kind.complete_class.lower()
        self._complete = events.event_class(kind.complete_class) or Event

    def is_item(self, message: Message) -> bool:
        """Whether a message is one of the declared items."""
        return message.name.lower() in self._items

    def is_last(self, message: Message) -> bool:
        """Whether the last message is the event that completes the list."""
        return bool(message.get("EventList")) or message.name.lower() == self._last

    def decode_complete(self, message: Message | None) -> Event:
        """The event that completes the list; one without fields where there is none."""
        return self._complete.decode(message or Message(b""))


AnyResponse_co = TypeVar(
    "AnyResponse_co", bound=Response | ListResponse, default=Response | ListResponse, covariant=True
)


class Action(WireModel, Generic[AnyResponse_co]):
    """An action that a client can send. Its parameter is the type of its answer.

    Raises:
        pydantic.ValidationError: A field is missing, unknown or of another type. The message shows no values.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    action_id: str | None = None
    """``ActionID``: comes back with every part of the answer; chosen by the client when None."""

    if not TYPE_CHECKING:

        def __class_getitem__(cls, item: object) -> type:
            """Leave the class as it is: the parameter is for type checkers, and pydantic's copies cost time."""
            return cls

    def to_headers(self) -> list[tuple[str, str]]:
        """Spell the action as Asterisk reads it.

        Returns:
            The headers: ``Action``, ``ActionID`` where there is one, and every field that isn't None.
        """
        headers = [("Action", self.wire_name)]
        if self.action_id is not None:
            headers.append(("ActionID", self.action_id))
        for name, header in self.wire_headers.items():
            value: object = getattr(self, header.field)
            if value is not None:
                headers.extend(encode(name, header.codec, value))
        return headers


LaterT_co = TypeVar("LaterT_co", bound=Event, default=Event, covariant=True)


class AnsweredLater(Action[AnyResponse_co], Generic[AnyResponse_co, LaterT_co]):
    """An action whose answer says that it was taken; an event says later how it went.

    Its parameters are the types of the answer and of the event. A client's ``send_and_wait`` waits for the event.
    """

    later: ClassVar[str] = ""
    """The event on the wire."""
    later_by: ClassVar[str] = "action_id"
    """The field that has the same value in the action and in the event."""
    later_with: ClassVar[str] = ""
    """The field that has to be True for the event to come; empty where it always comes."""


class Sender(Protocol):
    """What sends typed actions: a client."""

    async def send(self, action: Action[AnyResponse_co], *, timeout: float | None = None) -> AnyResponse_co:
        """Send an action and wait for its whole answer."""
        ...


_new: Final = object.__new__
# Past pydantic's own setting of attributes, which is for models in use.
_set_values, _set_given, _set_extra, _set_private = (
    cast("Callable[[BaseModel, object], None]", vars(BaseModel)[slot].__set__)
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


_OF_VARIABLE: Final = frozenset({"value", "match"})


def _shown(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: MASK if names_a_secret(name) else _shown(item) for name, item in items}
    return [_shown(item) for item in cast("list[object]", value)] if type(value) is list else value


def _comes_again(key: str, headers: Headers) -> bool:
    return sum(name.lower() == key for name, _ in headers) > 1

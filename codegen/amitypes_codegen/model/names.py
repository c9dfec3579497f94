"""The names in Python of names on the wire.

A name's capitals decide where its words begin. `WORDS` has the exceptions: acronyms that run into the next word. With
`SPELLINGS`, a header that Asterisk spells in more than one way has one name in Python.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.errors import NamingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind: TypeAlias = Literal["action", "event", "response"]

WORDS: Mapping[str, str] = {
    # Acronyms that a word in small letters or another acronym follows.
    "AGI": "agi",
    "AMA": "ama",
    "AMI": "ami",
    "AOC": "aoc",
    "CDR": "cdr",
    "DAHDI": "dahdi",
    "DND": "dnd",
    "DTMF": "dtmf",
    "FAX": "fax",
    "HTTP": "http",
    "IAX": "iax",
    "ID": "id",
    "IP": "ip",
    "MWI": "mwi",
    "PJSIP": "pjsip",
    "PRI": "pri",
    "SIP": "sip",
    "SKINNY": "skinny",
    # Words whose capitals mislead.
    "CFwd": "cfwd",
    "FAXes": "faxes",
    "Ignore183": "ignore_183",
    "MoH": "moh",
    "ReportX": "report_x",
    "Tag32": "tag_32",
}
"""Beginnings of words by their spelling on the wire, and what each becomes in Python."""

SPELLINGS: Mapping[str, str] = {
    "accountcode": "account_code",
    "allowoverlap": "allow_overlap",
    "callerid": "caller_id",
    "callgroup": "call_group",
    "callid": "call_id",
    "channeltype": "channel_type",
    "destuniqueid": "dest_uniqueid",
    "filename": "filename",
    "forcerport": "force_rport",
    "holdtime": "hold_time",
    "ipaddress": "ip_address",
    "linkedid": "linkedid",
    "logintime": "login_time",
    "named callgroup": "named_call_group",
    "named pickupgroup": "named_pickup_group",
    "parkinglot": "parkinglot",
    "pickupgroup": "pickup_group",
    "ringinuse": "ring_in_use",
    "tenantid": "tenantid",
    "uniqueid": "uniqueid",
    "voicemailbox": "voicemail_box",
}
"""Whole names in lower case, whose spelling on the wire varies, and what each becomes in Python."""

WORD_LISTS: Mapping[str, str] = {
    # Headers whose names say too little alone.
    "Alarm": "DAHDIAlarm",
    "Charge/BillingID": "ChargeBillingID",
    "Charge/Currency/Multiplier": "ChargeCurrencyMultiplier",
    "Charge/TotalType": "ChargeTotalType",
    "Charge/Type": "ChargeType",
    "ChargeType": "AOCChargeType",
    "Coding": "SpanCoding",
    "Control": "PlaybackControl",
    "Framing": "SpanFraming",
    "Level": "PRIDebugLevel",
    "Module": "CoreModule",
    "MsgType": "AOCMsgType",
    "Muted": "MeetmeMuted",
    "Options": "SpanOptions",
    "Order": "SpanOrder",
    "Protocol": "TransportProtocol",
    "PT": "RTCPPacketType",
    "Reason of AgentComplete": "AgentCompleteReason",
    "SessionType": "FAXSessionType",
    "Source": "SessionTimeoutSource",
    "Strategy": "QueueStrategy",
    "Talking": "MeetmeTalking",
    "Timers": "SessionTimers",
    "Tone": "BridgeTone",
    # Headers with more than one list of words.
    "AuthType of Login": "LoginAuthType",
    "BridgeType of BridgeTechnologyListItem": "BridgeCapability",
    "DialStatus of DialState": "DialProgress",
    "Direction of DTMFBegin": "DTMFDirection",
    "Direction of DTMFEnd": "DTMFDirection",
    "Direction of MixMonitorMute": "MixMonitorDirection",
    "Direction of MuteAudio": "MuteAudioDirection",
    "Membership of QueueMember": "ListedMembership",
    "Method of TransportDetail": "TLSMethod",
    "Operation of FAXSession": "FAXSessionOperation",
    "Operation of FAXSessionsEntry": "FAXSessionOperation",
    "Operation of FAXStatus": "FAXOperation",
    "Response of OriginateResponse": "OriginateResult",
    "Result of AGIExecEnd": "AGIResult",
    "Result of AttendedTransfer": "TransferResult",
    "Result of BlindTransfer": "TransferResult",
    "Role of MeetmeList": "MeetmeRole",
    "Service": "SecurityService",
    "Service of CCAvailable": "CCService",
    "State of DeviceStateChange": "DeviceStateName",
    "State of FAXSession": "FAXState",
    "State of FAXSessionsEntry": "FAXState",
    "State of InboundSubscriptionDetail": "SubscriptionState",
    "State of OutboundSubscriptionDetail": "SubscriptionState",
    "State of PresenceState": "PresenceState",
    "State of RegistryEntry": "RegistryState",
    "Status of Agents": "AgentStatus",
    "Status of ContactList": "ContactReachability",
    "Status of ContactStatusDetail": "ContactReachability",
    "Status of DNDState": "EnabledState",
    "Status of FAXStatus": "FAXStatus",
    "Status of Load": "LoadStatus",
    "Status of MobileStatus": "MobileStatus",
    "Status of OutboundRegistrationDetail": "OutboundRegistrationStatus",
    "Status of PJSIPMaintenanceStatus": "EnabledState",
    "Status of PresenceStateChange": "PresenceState",
    "Status of PresenceStatus": "PresenceState",
    "Status of Registry": "RegistrationStatus",
    # Headers that share a list of words.
    "AMAflags": "AMAFlags",
    "ConnectedLineMethod": "RefreshMethod",
    "DirectMediaMethod": "RefreshMethod",
    "Events": "EventMask",
    "ExtensionStates": "ExtensionStatus",
    "GranularityTimeScale": "TimeScale",
    "IncomingCallOfferPref": "CallOfferPref",
    "MCallerIDNameCharSet": "NameCharSet",
    "MConnectedIDNameCharSet": "NameCharSet",
    "OutgoingCallOfferPref": "CallOfferPref",
    "SIP-Comedia": "SIP_NAT",
    "SIP-Forcerport": "SIP_NAT",
    "StatusText": "ExtensionStatus",
    "ToFolder": "Folder",
}
"""The names of lists of words, by ``Header`` or by ``Header of Owner``, where the header's own name isn't enough."""

_WORD = re.compile(
    "|".join(
        (
            *(rf"{word}(?![a-z])" for word in WORDS if not word.isupper()),
            *sorted((word for word in WORDS if word.isupper()), key=lambda word: (-len(word), word)),
            r"[A-Z]+(?=[A-Z][a-z])",
            r"[A-Z]?[a-z]+(?:\d+(?![a-z\d]))?",
            r"[A-Z]+(?:\d+(?![a-z\d]))?",
            r"\d+[a-z]*",
        )
    )
)
_NUMBERS = re.compile(r"(?:-0{6})+$")
_ODD = re.compile(r"[^0-9A-Za-z]+")

_TYPES = frozenset({"bool", "datetime", "dict", "float", "int", "list", "str", "timedelta", "words"})
_MODEL = frozenset(
    {
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        "mro",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "register",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
        "wire_headers",
        "wire_name",
    }
)
_RECEIVED = _MODEL | {"action_id", "decode", "extra_headers", "accepts_any_header", "issues", "missing", "raw"}
_ENVELOPE = {"sequence_number", "source_file", "source_function", "source_line", "system_name", "timestamp"}
RESERVED: Mapping[Kind, frozenset[str]] = {
    "action": _MODEL
    | _TYPES
    | {"action_id", "actions", "correlated_by", "enabled_by", "outcome_event", "reply_timeout", "self", "to_headers"},
    "event": _RECEIVED | _TYPES | _ENVELOPE | {"bridge_snapshot", "channel_snapshot", "event", "privilege"},
    "response": _RECEIVED
    | _TYPES
    | {"collect", "event_list", "accompanying_events", "events", "message", "output", "response"},
}
"""Names that a field can't have: those of the models' and methods' attributes, and of the types of fields."""

_RESERVED_MODULES = _TYPES | {"by_name", "cast", "deprecated", "families", "find", "lazy", "responses", "snapshots"}
"""Names that neither a module nor a method can have, as the code beside them uses these."""

BASE_HEADERS: Mapping[Kind, frozenset[str]] = {
    "action": frozenset({"actionid"}),
    "event": frozenset({"actionid", "privilege"}),
    "response": frozenset({"actionid", "eventlist", "output"}),
}
"""Headers, in lower case, that every model of a kind has from its base class. Those that begin a message aren't among
them, since a later header of the same name is a different one."""

_RESERVED_CLASSES = frozenset(
    {
        "Acknowledgement",
        "Action",
        "DeferredAction",
        "BY_NAME",
        "BridgeSnapshot",
        "ChannelSnapshot",
        "ClassVar",
        "Event",
        "Final",
        "Header",
        "ListResponse",
        "Literal",
        "Mapping",
        "Response",
        "SecretStr",
        "Sequence",
        "TYPE_CHECKING",
        "TypeAlias",
        "UnknownEvent",
    }
)


def snake(name: str) -> str:
    """A name on the wire in snake_case, which may be a keyword of Python.

    Args:
        name: The name on the wire; the numbers of a family (``-000000``, ``(0)``) are no part of its name.

    Returns:
        Words in lower case with underscores; empty if the name has neither letter nor digit.
    """
    plain = _NUMBERS.sub("", name.removesuffix("(0)"))
    if spelled := SPELLINGS.get(plain.lower()):
        return spelled
    words = (WORDS.get(word, word.lower()) for part in _ODD.split(plain) for word in _WORD.findall(part))
    return "_".join(words)


def field_name(name: str, kind: Kind) -> str:
    """The name of a model's field, and of the parameter that sets it.

    Args:
        name: The header's name on the wire.
        kind: What the model is of.

    Returns:
        The name in Python.

    Raises:
        NamingError: If the name has neither letter nor digit.
    """
    field = _usable(snake(name), name)
    return f"{field}_" if field in RESERVED[kind] else field


def field_names(names: Iterable[str], kind: Kind, owner: str) -> dict[str, str]:
    """The names of all fields of a model.

    Args:
        names: The headers' names on the wire.
        kind: What the model is of.
        owner: The model, for the error message.

    Returns:
        The names in Python by the names on the wire, in the same order.

    Raises:
        NamingError: If two headers would have one name.
    """
    return _distinct(((name, field_name(name, kind)) for name in names), owner)


def class_name(name: str) -> str:
    """The name of a model: the name in AMI, as far as Python allows it.

    Args:
        name: The name of an action or an event on the wire.

    Returns:
        The name of its class.
    """
    made = _usable(_ODD.sub("_", name).strip("_"), name)
    made = made[0].upper() + made[1:]
    return f"{made}_" if made in _RESERVED_CLASSES or keyword.iskeyword(made) else made


def module_name(name: str) -> str:
    """The name of the module with the model of an action or an event, and of the action's method.

    Args:
        name: The name on the wire.

    Returns:
        The name of the module.
    """
    module = _usable(snake(name), name)
    return f"{module}_" if module in _RESERVED_MODULES else module


def module_names(names: Iterable[str], owner: str) -> dict[str, str]:
    """The names of all modules of a package.

    Args:
        names: Names of actions or events on the wire.
        owner: The package, for the error message.

    Returns:
        The names of the modules by the names on the wire, in the same order.

    Raises:
        NamingError: If two models would be in one module.
    """
    return _distinct(((name, module_name(name)) for name in names), owner)


def _usable(made: str, name: str) -> str:
    if not made:
        raise NamingError(f"no Python name can be made of {name!r}")
    if made[0].isdigit():
        made = f"n{made}"
    return f"{made}_" if keyword.iskeyword(made) else made


def _distinct(pairs: Iterable[tuple[str, str]], owner: str) -> dict[str, str]:
    by_name: dict[str, str] = {}
    by_made: dict[str, str] = {}
    for name, made in pairs:
        other = by_made.setdefault(made, name)
        if other != name:
            raise NamingError(f"{other!r} and {name!r} would both be {made!r}", element=owner)
        by_name[name] = made
    return by_name

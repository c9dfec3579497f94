"""`Session`: which received message belongs to which action."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amitypes._protocol.encoding import encode
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.session import Session, check_banner
from amitypes.errors import InvalidActionError, ProtocolError
from tests.unit.protocol.routed import flat

RESPONSE_SHAPES = {
    "agents": ResponseShape(frozenset({"agentscomplete"})),
    "faxsession": ResponseShape(frozenset({"faxsessioncomplete"}), implicit_list=True),
    "iaxnetstats": ResponseShape(frozenset(), plain_text=True),
    "queues": ResponseShape(frozenset({"queuesend"}), items_without_id=frozenset({"queueitem"})),
}


@pytest.fixture
def session() -> Session:
    return Session(RESPONSE_SHAPES, banner=False)


def begin(session: Session, action: str, *headers: tuple[str, str]) -> Exchange:
    exchange, _ = session.begin([("Action", action), *headers], max_line=1022)
    return exchange


def receive(session: Session, *messages: list[tuple[str, str]]) -> list[Exchange | Message]:
    return flat(session.receive(b"".join(encode(message) for message in messages)))


def response(exchange: Exchange | None, *headers: tuple[str, str], status: str = "Success") -> list[tuple[str, str]]:
    tag = [("ActionID", exchange.action_id)] if exchange else []
    return [("Response", status), *tag, *headers]


def event(name: str, exchange: Exchange | None = None, *headers: tuple[str, str]) -> list[tuple[str, str]]:
    tag = [("ActionID", exchange.action_id)] if exchange else []
    return [("Event", name), *tag, *headers]


START = ("EventList", "start")
COMPLETE = ("EventList", "Complete")


# Unwanted events


def test_unwanted_events_are_left_out_unless_they_belong_to_an_answer() -> None:
    unwanted = {b"Event: Item\r\nX: 1\r", b"Event: AgentsComplete\r\nX: 1\r"}
    session = Session(RESPONSE_SHAPES, banner=False, unwanted=unwanted)
    item, other = event("Item", None, ("X", "1")), event("Other", None, ("X", "1"))
    assert receive(session, item, other) == [Message(encode(other)[:-3])]
    exchange = begin(session, "Agents")
    arrived = receive(session, response(exchange, START), event("Item", exchange), event("AgentsComplete", exchange))
    assert arrived == [exchange]
    assert [message.name for message in exchange.messages] == ["Success", "Item", "AgentsComplete"]
    unwanted.clear()
    assert len(receive(session, item)) == 1


def test_an_item_belongs_to_the_list_with_its_action_id(session: Session) -> None:
    one, other = begin(session, "Agents"), begin(session, "Agents")
    receive(session, response(one, START), response(other, START))
    item = f"Event: Item\r\nACTIONID:{one.action_id}\r\nX: ActionID: {other.action_id}\r\nEventLists: Complete\r\n\r\n"
    assert flat(session.receive(item.encode())) == []
    assert (len(one.messages), len(other.messages), one.complete) == (2, 1, False)
    assert flat(session.receive(item.replace("EventLists", "eventlist").encode())) == [one]


# ActionIDs of actions


def test_action_ids_are_unique_and_second(session: Session) -> None:
    other = Session(RESPONSE_SHAPES)
    ids = []
    for each in (session, session, other):
        exchange, headers = each.begin([("Action", "Ping"), ("X", "y")], max_line=None)
        assert headers == [("Action", "Ping"), ("ActionID", exchange.action_id), ("X", "y")]
        ids.append(exchange.action_id)
    assert len(set(ids)) == 3


def test_a_given_action_id_is_kept_and_goes_second(session: Session) -> None:
    exchange, headers = session.begin([("Action", "Ping"), ("X", "y"), ("actionid", "mine")], max_line=None)
    assert exchange.action_id == "mine"
    assert headers == [("Action", "Ping"), ("ActionID", "mine"), ("X", "y")]


def test_blanks_before_an_action_id_are_left_out(session: Session) -> None:
    exchange, headers = session.begin([("Action", "Ping"), ("ActionID", " \t\x01\x1fmine ")], max_line=None)
    assert exchange.action_id == "mine "
    assert headers == [("Action", "Ping"), ("ActionID", "mine ")]
    with pytest.raises(InvalidActionError, match="ActionID"):
        session.begin([("Action", "Ping"), ("ActionID", " ")], max_line=None)


def test_the_first_of_two_action_ids_is_used(session: Session) -> None:
    exchange, headers = session.begin([("Action", "A"), ("ActionID", "1"), ("ActionID", "2")], max_line=None)
    assert exchange.action_id == "1"
    assert headers == [("Action", "A"), ("ActionID", "1")]


def test_an_action_id_that_is_in_flight_is_refused(session: Session) -> None:
    first = begin(session, "Ping", ("ActionID", "mine"))
    with pytest.raises(InvalidActionError, match="in flight already"):
        begin(session, "Ping", ("ActionID", "mine"))
    receive(session, response(first))
    begin(session, "Ping", ("ActionID", "mine"))


def test_an_invalid_action_is_not_in_flight(session: Session) -> None:
    with pytest.raises(InvalidActionError):
        begin(session, "Login", ("Secret", "a\nb"))
    assert session.pending == ()


# Responses


def test_answers_in_reverse_order_are_matched_by_action_id(session: Session) -> None:
    exchanges = [begin(session, "Ping") for _ in range(5)]
    arrived = receive(session, *(response(exchange) for exchange in reversed(exchanges)))
    assert arrived == exchanges[::-1]
    for exchange in exchanges:
        assert [message.get("ActionID") for message in exchange.messages] == [exchange.action_id]
    assert session.pending == ()


@given(st.permutations(range(6)))
def test_answers_in_any_order_are_matched_by_action_id(order: list[int]) -> None:
    session = Session(RESPONSE_SHAPES, banner=False)
    exchanges = [begin(session, "Ping") for _ in order]
    arrived = receive(session, *(response(exchanges[index], ("N", str(index))) for index in order))
    assert [item.messages[0].get("N") for item in arrived if isinstance(item, Exchange)] == [str(i) for i in order]
    assert all(item.messages[0].get("ActionID") == item.action_id for item in arrived if isinstance(item, Exchange))


def test_a_response_without_action_id_answers_the_oldest_action(session: Session) -> None:
    first, second = begin(session, "Events"), begin(session, "Ping")
    assert receive(session, response(None)) == [first]
    assert receive(session, response(None)) == [second]


def test_a_line_of_output_is_not_taken_for_an_action_id(session: Session) -> None:
    exchange = begin(session, "Command")
    output = b"Response: Follows\r\nPrivilege: Command\r\nsome text\nActionID: none\n--END COMMAND--\r\n\r\n"
    assert flat(session.receive(output)) == [exchange]


def test_a_response_without_action_id_does_not_answer_a_list_in_flight(session: Session) -> None:
    list_, following = begin(session, "Agents"), begin(session, "Ping")
    assert receive(session, response(None, START), response(None)) == [following]
    assert list_.is_collecting


def test_a_response_without_action_id_answers_nothing_if_the_server_echoes_them(session: Session) -> None:
    receive(session, response(begin(session, "Login")))
    mine = begin(session, "Originate")
    (_, forged, _) = receive(
        session,
        [("Event", "UserEvent"), ("Text", "x\r\n\r\nResponse: Success\r\nMessage: forged\r\n\r\nEvent: Rest")],
    )
    assert isinstance(forged, Message)
    assert session.pending == (mine,)


def test_a_response_with_an_unknown_action_id_goes_to_the_subscribers(session: Session) -> None:
    mine = begin(session, "Ping")
    stray = [("Response", "Success"), ("ActionID", "foreign")]
    assert receive(session, stray, response(mine)) == [Message(encode(stray)[:-3]), mine]


def test_answers_to_abandoned_actions_are_dropped(session: Session) -> None:
    late, list_ = begin(session, "Command"), begin(session, "Agents")
    late.abandoned = list_.abandoned = True
    arrived = receive(
        session,
        response(late),
        response(list_, START),
        event("Agents", list_),
        event("Hangup"),
        event("AgentsComplete", list_, COMPLETE),
    )
    assert [item.name for item in arrived if isinstance(item, Message)] == ["Hangup"]
    assert len(arrived) == 1
    assert late.messages == list_.messages == []
    assert session.pending == ()


def test_a_late_response_without_action_id_does_not_answer_the_next_action(session: Session) -> None:
    late, following = begin(session, "Events"), begin(session, "Ping")
    late.abandoned = True
    assert receive(session, response(None)) == []
    assert receive(session, response(None)) == [following]


# Lists


@pytest.mark.parametrize("start", ["start", "Start"])
@pytest.mark.parametrize("end", ["Complete", "complete", "cancelled"])
def test_a_list_is_collected_until_it_is_complete(session: Session, start: str, end: str) -> None:
    exchange = begin(session, "CoreShowChannels")
    assert receive(session, response(exchange, ("EventList", start)), event("CoreShowChannel", exchange)) == []
    assert exchange.is_collecting
    assert receive(session, event("Whatever", exchange, ("EventList", end))) == [exchange]
    assert [message.name for message in exchange.messages] == ["Success", "CoreShowChannel", "Whatever"]
    assert session.pending == ()


def test_a_declared_event_completes_a_list_without_a_tag(session: Session) -> None:
    exchange = begin(session, "AGENTS")
    arrived = receive(session, response(exchange, START), event("Agents", exchange), event("AGENTSCOMPLETE", exchange))
    assert arrived == [exchange]
    assert len(exchange.messages) == 3


def test_an_implicit_list_is_collected(session: Session) -> None:
    exchange = begin(session, "FAXSession")
    assert receive(session, response(exchange)) == []
    assert receive(session, event("FAXSession", exchange), event("FAXSessionComplete", exchange)) == [exchange]


def test_a_single_response_is_complete_at_once(session: Session) -> None:
    exchange = begin(session, "Originate")
    arrived = receive(session, response(exchange), event("Hangup", exchange))
    assert arrived[0] is exchange
    assert isinstance(arrived[1], Message)
    assert len(exchange.messages) == 1


@pytest.mark.parametrize("action", ["Agents", "FAXSession"])
def test_an_error_is_the_whole_answer(session: Session, action: str) -> None:
    exchange = begin(session, action)
    assert receive(session, response(exchange, status="Error")) == [exchange]


def test_an_error_with_a_start_tag_begins_no_list(session: Session) -> None:
    exchange = begin(session, "QueueStatus")
    assert receive(session, response(exchange, START, status="Error")) == [exchange]


def test_an_error_completes_a_list(session: Session) -> None:
    exchange = begin(session, "Agents")
    arrived = receive(session, response(exchange, START), event("Agents", exchange), response(exchange, status="Error"))
    assert arrived == [exchange]
    assert [message.name for message in exchange.messages] == ["Success", "Agents", "Error"]
    assert session.pending == ()


def test_interleaved_lists_are_collected_separately(session: Session) -> None:
    one, two = begin(session, "QueueStatus"), begin(session, "Status")
    arrived = receive(
        session,
        response(two, START),
        response(one, START),
        event("Status", two, ("N", "1")),
        event("QueueParams", one, ("N", "2")),
        event("Hangup"),
        event("StatusComplete", two, COMPLETE),
        event("QueueMember", one, ("N", "3")),
        event("QueueStatusComplete", one, COMPLETE),
    )
    assert [item.name if isinstance(item, Message) else item for item in arrived] == ["Hangup", two, one]
    assert [message.name for message in one.messages] == [
        "Success",
        "QueueParams",
        "QueueMember",
        "QueueStatusComplete",
    ]
    assert [message.name for message in two.messages] == ["Success", "Status", "StatusComplete"]


def test_declared_items_without_an_action_id_are_collected(session: Session) -> None:
    exchange = begin(session, "Queues")
    arrived = receive(
        session, response(exchange, START), event("QueueItem"), event("Other"), event("QueuesEnd", exchange)
    )
    assert [item.name if isinstance(item, Message) else item for item in arrived] == ["Other", exchange]
    assert [message.name for message in exchange.messages] == ["Success", "QueueItem", "QueuesEnd"]


# Events for the subscribers


@pytest.mark.parametrize("name", ["OriginateResponse", "UserEvent", "userevent"])
def test_some_events_with_the_action_id_of_a_list_go_to_the_subscribers(session: Session, name: str) -> None:
    exchange = begin(session, "Agents")
    arrived = receive(session, response(exchange, START), event(name, exchange, COMPLETE))
    assert [item.name for item in arrived if isinstance(item, Message)] == [name]
    assert exchange.is_collecting


@pytest.mark.parametrize("position", ["before", "during", "after"])
def test_events_with_foreign_action_ids_go_to_the_subscribers(session: Session, position: str) -> None:
    exchange = begin(session, "Agents")
    foreign = [("Event", "Agents"), ("ActionID", "foreign"), COMPLETE]
    messages = [response(exchange, START), event("AgentsComplete", exchange, COMPLETE)]
    messages.insert(["before", "during", "after"].index(position), foreign)
    arrived = receive(session, *messages)
    assert sum(isinstance(item, Message) for item in arrived) == 1
    assert exchange in arrived


def test_an_event_with_the_action_id_of_another_action_than_a_list_answers_nothing(session: Session) -> None:
    collecting, waiting = begin(session, "Agents"), begin(session, "Ping")
    arrived = receive(
        session,
        response(collecting, START),
        event("Pong", waiting, ("Response", "Success"), COMPLETE),
        event("AgentsComplete", collecting, COMPLETE),
    )
    assert [item.name if isinstance(item, Message) else item for item in arrived] == ["Pong", collecting]
    assert (session.pending, waiting.messages) == ((waiting,), [])
    assert receive(session, response(waiting)) == [waiting]


def test_an_event_with_a_response_header_answers_nothing(session: Session) -> None:
    begin(session, "Originate")
    (arrived,) = receive(session, [("Event", "OriginateResponse"), ("Response", "Failure")])
    assert isinstance(arrived, Message)
    assert len(session.pending) == 1


# Bare text


def test_bare_text_ends_with_the_answer_to_a_ping(session: Session) -> None:
    exchange, other = begin(session, "IAXnetstats"), begin(session, "Ping")
    end_marker = session.end_marker(exchange)
    assert end_marker is not None
    assert end_marker[0] == ("Action", "Ping")
    assert session.end_marker(other) is None
    assert flat(session.receive(b"                -------- LOCAL\r\n  one: 1\r\n\r\ntwo\r\n\r\n")) == []
    arrived = receive(session, event("Hangup"), [("Response", "Success"), *end_marker[1:]], response(other))
    assert arrived[1:] == [exchange, other]
    assert exchange.messages[0].as_dict() == {"Output": ["                -------- LOCAL", "  one: 1", "", "two"]}


def test_bare_text_may_be_empty(session: Session) -> None:
    exchange = begin(session, "IAXnetstats")
    end_marker = session.end_marker(exchange)
    assert end_marker is not None
    assert receive(session, [("Response", "Success"), *end_marker[1:]]) == [exchange]
    assert [message.as_dict() for message in exchange.messages] == [{}]


def test_an_error_answers_an_action_with_bare_text(session: Session) -> None:
    exchange = begin(session, "IAXnetstats")
    end_marker = session.end_marker(exchange)
    assert end_marker is not None
    assert receive(session, response(exchange, status="Error")) == [exchange]
    assert receive(session, [("Response", "Success"), *end_marker[1:]]) == []
    assert session.pending == ()


def test_unexpected_text_goes_to_the_subscribers(session: Session) -> None:
    exchange = begin(session, "Ping")
    arrived = flat(session.receive(b"some text\r\n\r\n"))
    assert [item.frame for item in arrived if isinstance(item, Message)] == [b"some text\r"]
    assert session.pending == (exchange,)


# Banner and end of the stream


def test_a_banner_byte_by_byte_is_read() -> None:
    session = Session(RESPONSE_SHAPES)
    arrived: list[Exchange | Message] = []
    for byte in b"Asterisk Call Manager/11.0.0\r\nEvent: FullyBooted\r\n\r\n":
        arrived += flat(session.receive(bytes([byte])))
    assert session.banner == "Asterisk Call Manager/11.0.0"
    assert [item.name for item in arrived if isinstance(item, Message)] == ["FullyBooted"]


def test_messages_in_one_read_with_the_banner_are_received() -> None:
    session = Session(RESPONSE_SHAPES)
    assert receive(session) == []
    (booted,) = flat(session.receive(b"Asterisk Call Manager/11.0.0\r\nEvent: FullyBooted\r\nStatus: x\r\n\r\n"))
    assert isinstance(booted, Message)
    assert booted.headers == [("Event", "FullyBooted"), ("Status", "x")]


def test_there_is_no_banner_before_its_line_ends() -> None:
    session = Session(RESPONSE_SHAPES)
    assert flat(session.receive(b"Asterisk Call Manager/11.0.0")) == []
    assert session.banner is None
    assert flat(session.receive(b"\n")) == []
    assert session.banner == "Asterisk Call Manager/11.0.0"


def test_an_endless_banner_ends_at_its_limit() -> None:
    session = Session(RESPONSE_SHAPES)
    session.receive(b"\xff" * 2000)
    assert session.banner is not None


@pytest.mark.parametrize("cut", [True, False])
def test_the_last_message_needs_no_blank_line(session: Session, cut: bool) -> None:
    exchange = begin(session, "Logoff")
    assert flat(session.receive(encode(response(exchange, status="Goodbye"))[:-2])) == []
    assert session.end(may_be_truncated=cut) == [exchange]
    assert session.end() == []


def test_a_truncated_response_answers_nothing(session: Session) -> None:
    exchange = begin(session, "Ping")
    assert flat(session.receive(b"Response: Succ")) == []
    assert session.end(may_be_truncated=True) == []
    assert session.pending == (exchange,)


def test_a_truncated_event_has_a_reason(session: Session) -> None:
    assert flat(session.receive(b"Event: Hangup\r\nCause: 1")) == []
    [event] = flat(session.end(may_be_truncated=True))
    assert isinstance(event, Message)
    assert event.truncated_reason


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ("Asterisk Call Manager/11.0.0", "11.0.0"),
        ("Asterisk Call Manager Proxy/1.1", "1.1"),
        ("asterisk call manager/5.0.5", "5.0.5"),
        ("Asterisk Call Manager", ""),
    ],
)
def test_the_version_is_read_from_the_banner(banner: str, version: str) -> None:
    assert check_banner(banner, "pbx:5038") == version


@pytest.mark.parametrize(
    "banner", ["SSH-2.0-OpenSSH_9.6", "HTTP/1.1 400 Bad Request", "", "220 mail ESMTP", "x" * 5000]
)
def test_another_greeting_is_refused(banner: str) -> None:
    with pytest.raises(ProtocolError, match="pbx:22 is no Asterisk Manager Interface") as caught:
        check_banner(banner, "pbx:22")
    assert "manager.conf" in str(caught.value)
    assert len(str(caught.value)) < 300


@given(st.binary(), st.booleans())
def test_any_bytes_can_be_received(data: bytes, banner: bool) -> None:
    session = Session(RESPONSE_SHAPES, banner=banner)
    begin(session, "Agents")
    begin(session, "IAXnetstats")
    session.receive(data)
    session.end()


ID_LINES = st.lists(
    st.sampled_from(
        [
            *(
                b"ActionID: 1",
                b"actionid:1",
                b"ActionID: 2",
                b"ActionID: ",
                b"ActionID:  1",
                b"ActionID",
                b"ActionID: 1\r",
            ),
            *(
                b" ActionID: 1",
                b"X: \rActionID: 1",
                b"X: ActionID: 1",
                b"--END COMMAND--",
                b"Privilege: Command",
                b"text",
            ),
        ]
    ),
    max_size=5,
)


@given(st.sampled_from([b"Success", b"Error", b"Follows", b"follows "]), ID_LINES, st.sampled_from([b"\r\n", b"\n"]))
def test_a_response_answers_the_action_of_its_first_action_id(status: bytes, lines: list[bytes], end: bytes) -> None:
    session = Session(RESPONSE_SHAPES, banner=False)
    exchange = begin(session, "Ping", ("ActionID", "1"))
    receive(session, [("Response", "Success"), ("ActionID", "from elsewhere")])  # so this server does echo them
    frame = end.join([b"Response: " + status, *lines])
    (message,) = flat(Session(RESPONSE_SHAPES, banner=False).receive(frame + b"--END COMMAND--\r\n\r\n"))
    assert isinstance(message, Message)
    session.receive(frame + b"--END COMMAND--\r\n\r\n")
    assert exchange.answered == (message.get("ActionID") == "1")


STREAMS = st.lists(
    st.sampled_from(
        [
            b"Response: Success\r\nActionID: 1\r\nEventList: start\r\n\r\n",
            b"Response: Success\r\nActionID: 2\r\n\r\n",
            b"Response: Error\r\nActionID: 1\r\n\r\n",
            b"Response: Follows\r\nActionID: 2\r\nx\n\ny--END COMMAND--\r\n\r\n",
            b"Event: Noise\r\nA: b\r\n\r\n",
            b"Event: Noise\r\nActionID: 1\r\n\r\n",
            b"Event: Hangup\r\nCause: 16\r\n\r\n",
            b"Event: AgentsComplete\r\nActionID: 1\r\n\r\n",
            *(b"Asterisk Call Manager/11.0.0\r\n", b"text\r\n\r\n", b"\r\n", b"\n", b"\r", b"Event: Noise", b"\0\xff"),
        ]
    ),
    max_size=12,
)


@given(STREAMS, st.lists(st.integers(0, 600), max_size=8), st.booleans(), st.booleans())
def test_a_stream_split_anywhere_is_received_alike(
    snippets: list[bytes], cuts: list[int], banner: bool, busy: bool
) -> None:
    stream = b"".join(snippets)
    points = [0, *sorted({min(cut, len(stream)) for cut in cuts}), len(stream)]
    splits = ([stream], [stream[a:b] for a, b in pairwise(points)], [stream[n : n + 1] for n in range(len(stream))])
    outcomes: list[object] = []
    for pieces in splits:
        for unwanted in (frozenset[bytes](), {b"Event: Noise"}):
            session = Session(RESPONSE_SHAPES, banner=banner, unwanted=unwanted)
            exchanges = [begin(session, "Agents", ("ActionID", id_)) for id_ in ("1", "2") if busy]
            arrived = [*(item for piece in pieces for item in flat(session.receive(piece))), *flat(session.end())]
            outcomes.append(
                (
                    # Which unwanted events are left out depends on the split.
                    [item.frame for item in arrived if isinstance(item, Message) and item.name != "Noise"],
                    [item.action_id for item in arrived if isinstance(item, Exchange)],
                    [(exchange.messages, exchange.complete) for exchange in exchanges],
                    session.banner,
                )
            )
    assert all(outcome == outcomes[0] for outcome in outcomes)


SNIPPETS = st.lists(
    st.sampled_from(
        [
            b"Response: Success\r\nActionID: 1\r\nEventList: start\r\n\r\n",
            b"Response: Error\r\nActionID: 1\r\n\r\n",
            b"Response: Success\r\n\r\n",
            b"Event: Agents\r\nActionID: 1\r\n\r\n",
            b"Event: AgentsComplete\r\nActionID: 1\r\nEventList: Complete\r\n\r\n",
            b"Event: AgentsComplete\r\nActionID: 2\r\nEventList: Complete\r\n\r\n",
            b"text\r\n\r\n",
            b"Event: Hangup\r\n\r\n",
        ]
    ),
    max_size=12,
)


@given(SNIPPETS)
def test_every_message_has_exactly_one_receiver(snippets: list[bytes]) -> None:
    session = Session(RESPONSE_SHAPES, banner=False)
    exchanges = [begin(session, "Agents", ("ActionID", "1")), begin(session, "Agents", ("ActionID", "2"))]
    arrived = flat(session.receive(b"".join(snippets)))
    messages = [item for item in arrived if isinstance(item, Message)]
    collected = sum(len(exchange.messages) for exchange in exchanges)
    assert len(messages) + collected == len(snippets)
    done = [item for item in arrived if isinstance(item, Exchange)]
    assert len(done) == len(set(done)) == 2 - len(session.pending)

"""What users of other AMI libraries complained of in public, and the tests that show that it doesn't happen here.

Complaints of missing or wrongly typed models have their tests among the generator's and the live ones.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_PROBES: Final = "tests/faults/test_peer_probes.py"
_NETWORK: Final = "tests/faults/test_network.py"
_HERE: Final = "tests/faults/test_complaints.py"
_ENCODING: Final = "tests/unit/protocol/test_encoding.py"
_FRAMING: Final = "tests/unit/protocol/test_framing.py"
_HEADERS: Final = "tests/unit/protocol/test_headers.py"
_PARSING: Final = "tests/unit/protocol/test_parsing.py"
_SESSION: Final = "tests/unit/protocol/test_session.py"
_BACK: Final = "tests/behaviour/test_reconnecting.py"
_BASE: Final = "tests/unit/client/test_base.py"
_CALLS: Final = "tests/unit/client/test_typed_calls.py"
_EVENT_API: Final = "tests/unit/client/test_event_api.py"
_KEEPALIVE: Final = "tests/unit/client/test_keepalive.py"
_RECONNECTOR: Final = "tests/unit/client/test_reconnector.py"
_SENDING: Final = "tests/behaviour/test_sending.py"
_SUPERVISOR: Final = "tests/unit/client/test_supervisor.py"
_HTTP: Final = "tests/unit/test_http.py"
_RESET: Final = "tests/unit/transport/test_tcp_reset.py"
_DISPATCHER: Final = "tests/unit/events/test_dispatcher.py"
_RECEIVED: Final = "tests/unit/models/test_received.py"
_RULES: Final = "tests/behaviour/test_event_selection.py"
_TLS: Final = "tests/unit/transport/test_tls.py"


class Complaint(NamedTuple):
    """A complaint.

    Attributes:
        source: The public issues or pull requests, as ``project#number``.
        symptom: What went wrong.
        tests: What must hold here instead, as ``file::test``.
    """

    source: str
    symptom: str
    tests: tuple[str, ...]


def _of(source: str, symptom: str, **tests: str) -> Complaint:
    files = {
        "probes": _PROBES, "network": _NETWORK, "here": _HERE, "session": _SESSION,
        "back": _BACK, "base": _BASE, "calls": _CALLS, "event_api": _EVENT_API, "keepalive": _KEEPALIVE,
        "reconnector": _RECONNECTOR, "sending": _SENDING, "supervisor": _SUPERVISOR, "http": _HTTP,
        "dispatcher": _DISPATCHER, "received": _RECEIVED, "rules": _RULES,
        "tls": _TLS, "reset": _RESET,
        "encoding": _ENCODING, "framing": _FRAMING, "headers": _HEADERS, "parsing": _PARSING,
    }  # fmt: skip
    return Complaint(source, symptom, tuple(f"{files[file]}::{name}" for file in tests for name in tests[file].split()))


COMPLAINTS: Final = (
    # The output of commands
    _of("PAMI#186, PAMI#182", "output that 'follows' is taken for a list",
        probes="test_output_that_talks_of_a_list_is_none"),
    _of("pyst2#55, python-ami#55, amiws#6", "only the last line of output is kept",
        probes="test_every_line_of_output"),
    _of("py-asterisk#29, asterisk-java#185", "output as 14 and later send it isn't understood",
        probes="test_every_line_of_output"),
    _of("asterisk-java#300, reactphp-ami#50", "a failed command's output is lost",
        probes="test_a_failed_command_keeps_its_output"),
    _of("reactphp-ami#3", "a command without output", here="test_a_command_that_prints_nothing"),
    _of("amigo#9, amigo#3, AsterNET#30", "output up to 13 is mixed up with headers",
        probes="test_output_as_it_was_until_asterisk_13",
        parsing="test_the_free_text_of_response_follows_becomes_output"),
    _of("NodeJS-AsteriskManager#48", "output loses its indentation; long lines are sent",
        parsing="test_output_keeps_indentation_and_empty_lines", sending="test_a_line_over_the_limit_is_not_sent"),
    _of("astmanproxy#7", "long answers time out", probes="test_output_of_more_than_64_kib"),
    # Framing
    _of("asterisk#761", "a message that ends in CR LF LF", probes="test_how_a_message_ends"),
    _of("PAMI#89", "a line that ends in LF", framing="test_line_ends_of_any_kind_separate_messages",
        probes="test_a_message_whose_text_ends_with_a_line_feed"),
    _of("reactphp-ami#49, reactphp-ami#30, chan-dongle#53", "an extra blank line", probes="test_how_a_message_ends"),
    _of("reactphp-ami#28", "a header without a blank after its colon",
        probes="test_headers_without_a_blank_or_a_value"),
    _of("PAMI#119", "a message that the server cut short", here="test_a_message_that_the_server_cut_short"),
    _of("python-ami#3, panoramisk#106", "a character that is split, or cut by the server",
        framing="test_a_character_split_across_reads_is_whole", network="test_single_bytes"),
    _of("NodeJS-AsteriskManager#42", "terminators that are no headers", probes="test_lines_that_are_no_headers"),
    _of("pystrix#26, pystrix#23", "a reader of text eats line ends", network="test_single_bytes"),
    _of("node-asterisk-ami#10, PAMI#61", "bare text without a response",
        session="test_bare_text_ends_with_the_answer_to_a_ping", base="test_bare_text_is_the_output_of_its_action"),
    # Headers that repeat
    _of("ruby_ami#42, python-ami#25, pyst2#25, PAMI#45, asterisk-java#761", "of several variables one is kept",
        probes="test_a_header_that_repeats"),
    _of("NodeJS-AsteriskManager#32, NodeJS-AsteriskManager#47", "of a repeated header one value is kept",
        headers="test_a_repeated_header_is_a_list"),
    _of("Nami#35", "VarSet's value is split at an equals sign", here="test_a_variable_with_an_equals_sign"),
    _of("starpy#32, AsterNET#220, AsterNET#202, amiws#59", "variables are joined in one header",
        probes="test_variables_go_as_headers_of_their_own", sending="test_asterisk_reads_variables_exactly_as_given"),
    _of("asterisk-ami-client#9", "a repeated header isn't sent as such",
        sending="test_an_accepted_action_arrives_with_exactly_its_headers"),
    # Correlation
    _of("asterisk.io#2, panoramisk#36", "OriginateResponse is taken for a response",
        probes="test_the_result_of_an_originate_is_an_event_though_it_says_response"),
    _of("NodeJS-AsteriskManager#25, ya-node-asterisk#10", "how a call went isn't told",
        calls="test_send_and_wait_returns_the_event_of_its_own_call"),
    _of("panoramisk#54", "QueueAdd never resolves", probes="test_output_that_talks_of_a_list_is_none"),
    _of("panoramisk#107", "the result of an AGI command is lost",
        calls="test_send_and_wait_finds_an_agi_command_by_its_command_id"),
    _of("Nami#24", "two ActionIDs", session="test_the_first_of_two_action_ids_is_used"),
    _of("ex_ami#8, reactphp-ami#44", "ActionIDs that collide", session="test_an_action_id_that_is_in_flight_is_refused",
        sending="test_action_ids_are_unique_and_unpredictable"),
    _of("python-ami#26, python-ami#27", "lists aren't collected", probes="test_a_list_comes_whole",
        event_api="test_subscribers_do_not_get_the_items_of_own_lists"),
    _of("asterisk-java#738", "a user event with somebody's ActionID",
        probes="test_a_user_event_with_our_action_id_answers_nothing "
        "test_a_user_event_with_the_action_id_of_a_list_is_no_part_of_it"),
    _of("asterisk-java#340, asterisk-java#341", "Hangup by a pattern answers with a list",
        here="test_hanging_up_by_a_pattern"),
    _of("reactphp-ami#42", "an answer without ActionID",
        session="test_a_response_without_action_id_answers_the_oldest_action"),
    _of("chan-dongle#104", "events of modules that nobody knows",
        event_api="test_unknown_events_and_undeclared_headers_are_kept"),
    _of("NodeJS-AsteriskManager#23", "an ActionID of the caller's", probes="test_an_action_id_of_the_callers_own"),
    # The connection
    _of("python-ami#31", "an endless loop of broken pipes",
        back="test_subscriptions_continue_when_a_killed_server_restarts",
        reset="test_what_came_before_a_failing_write_is_told"),
    _of("pyst2#62, asterisk-hass-integration#53", "a client serves for one connection only",
        base="test_a_client_can_connect_again_after_logoff",
        back="test_a_client_works_in_one_event_loop_after_another"),
    _of("NodeJS-AsteriskManager#62, #40, #30, #18", "no delay between attempts, or one of a day; listeners are lost",
        reconnector="test_attempts_follow_the_delays_of_the_settings",
        supervisor="test_default_delays_are_at_most_a_second_and_differ",
        back="test_subscriptions_continue_when_a_killed_server_restarts"),
    _of("AsterNET#214", "a Ping before the login", probes="test_no_ping_is_sent_before_the_login"),
    _of("starpy#35, panoramisk#31", "the fate of actions in flight at a loss",
        back="test_a_sent_action_is_never_sent_again", network="test_a_cut_with_actions_in_flight"),
    _of("gami#1", "a race while reconnecting",
        back="test_closing_stops_reconnecting test_connecting_while_reconnecting_is_an_error"),
    _of("asterisk-java#199", "nobody is told of a loss", back="test_notices_have_their_place_among_the_events"),
    _of("asterisk-java#350", "live state isn't rebuilt",
        back="test_a_handler_of_connected_can_query_state_before_the_next_event"),
    _of("AsterNET#277, AsterNET#107", "the reader dies of an exception",
        calls="test_a_bug_in_the_reader_ends_the_connection_and_every_wait",
        session="test_any_bytes_can_be_received"),
    # Load and order
    _of("asterisk-java#161, asterisk-java#302", "sending in a handler blocks the reader",
        event_api="test_a_handler_can_send_actions"),
    _of("asterisk-java#592, AsterNET#69, AsterNET#20", "a slow handler delays events, or loses them",
        dispatcher="test_a_slow_handler_delays_no_other test_a_flood_of_events_for_a_busy_handler_delays_no_reply "
        "test_a_flood_takes_bounded_memory"),
    _of("asterisk#2145", "events wait on the server until something is asked of it",
        keepalive="test_an_idle_server_is_pinged_after_each_half_of_max_silence"),
    _of("AsterNET#21, amiws#68", "a call that is placed while the server waits blocks everything",
        back="test_a_server_busy_with_an_action_stays_connected"),
    _of("asterisk-java#145", "events are put in another order", here="test_events_come_in_the_servers_order"),
    _of("NodeJS-AsteriskManager#39", "something is kept of each action", here="test_actions_leave_nothing_behind"),
    _of("AsterNET#257", "of two hangups at once one is seen", here="test_events_come_in_the_servers_order"),
    _of("PAMI#205, asterisk-java#731, AsterNET#36", "one time limit for all actions",
        probes="test_an_answer_that_never_comes", calls="test_the_reply_timeout_of_the_client_is_the_default"),
    # Types, versions
    _of("asterisk-java#235, #496, #650, #695, #305", "events and headers that are unknown are lost, or spam the log",
        event_api="test_unknown_events_and_undeclared_headers_are_kept"),
    _of("asterisk-java#45, #165, #204, #257, #360", "a number of another kind ends the message",
        received="test_a_value_of_another_type_is_an_issue_and_stays_in_raw"),
    _of("py-asterisk#7, Nami#25, Nami#2, asterisk-java#357, #276, #446, #798", "a banner of a version that isn't known",
        session="test_the_version_is_read_from_the_banner",
        back="test_the_version_is_asked_again_after_a_reconnection"),
    # Encoding, TLS, filters
    _of("python-ami#7, pyami_asterisk#3, ruby_ami#3, ami-io#16", "bytes that aren't UTF-8",
        probes="test_names_in_other_encodings_than_utf_8",
        encoding="test_latin_1_is_encoded_to_the_bytes_it_was_parsed_from"),
    _of("AsterNET#22, amisms#2", "bytes before the first action, or too few after one",
        sending="test_an_accepted_action_arrives_with_exactly_its_headers"),
    _of("python-ami#34, AsterNET#145", "no TLS", tls="test_a_client_certificate test_what_a_client_verifies"),
    _of("Nami#52, asterisk-java#298, AsterNET#90, PAMI#100, panoramisk#84", "no event mask at the login, no filters",
        rules="test_the_mask_is_sent_with_each_login test_filters_are_set_at_each_login_before_anything_else"),
    _of("amiws#10", "more headers than Asterisk reads", sending="test_at_most_128_headers_are_sent"),
)  # fmt: skip

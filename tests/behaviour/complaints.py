"""Public complaints about other AMI libraries, each with the tests that show the right behaviour here.

Complaints about missing or wrongly typed models are covered by the generator's tests and the live tests.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Complaint(NamedTuple):
    """A complaint.

    Attributes:
        source: The public issues or pull requests, as ``project#number``.
        symptom: What went wrong there.
        tests: The tests that show the right behaviour, by their names.
    """

    source: str
    symptom: str
    tests: tuple[str, ...]


def _of(source: str, symptom: str, *tests: str) -> Complaint:
    return Complaint(source, symptom, tests)


COMPLAINTS: Final = (
    # The output of commands
    _of("PAMI#186, PAMI#182", "output that 'follows' is taken for a list",
        "test_a_message_that_mentions_a_list_starts_none"),
    _of("pyst2#55, python-ami#55, amiws#6", "only the last line of output is kept",
        "test_every_line_of_output_is_kept"),
    _of("py-asterisk#29, asterisk-java#185", "output in the format of 14 and later isn't read",
        "test_every_line_of_output_is_kept"),
    _of("asterisk-java#300, reactphp-ami#50", "a failed command's output is lost",
        "test_a_failed_command_keeps_its_output"),
    _of("reactphp-ami#3", "a command without output", "test_a_command_without_output_is_answered"),
    _of("amigo#9, amigo#3, AsterNET#30", "output up to 13 is mixed up with headers",
        "test_output_in_the_format_of_asterisk_13_is_read", "test_the_free_text_of_response_follows_becomes_output"),
    _of("NodeJS-AsteriskManager#48", "output loses its indentation; long lines are sent",
        "test_output_keeps_indentation_and_empty_lines", "test_a_line_over_the_limit_is_not_sent"),
    _of("astmanproxy#7", "long answers time out", "test_output_of_more_than_64_kib_is_whole"),
    # Framing
    _of("asterisk#761", "a message that ends in CR LF LF", "test_every_form_of_message_end_is_recognised"),
    _of("PAMI#89", "a line that ends in LF", "test_line_ends_of_any_kind_separate_messages",
        "test_a_line_feed_at_the_end_of_a_value_ends_no_message"),
    _of("reactphp-ami#49, reactphp-ami#30, chan-dongle#53", "an extra blank line",
        "test_every_form_of_message_end_is_recognised"),
    _of("reactphp-ami#28", "a header without a space after its colon",
        "test_headers_without_a_space_or_a_value_are_read"),
    _of("PAMI#119", "a message that the server cut short",
        "test_a_truncated_message_loses_no_bytes_and_no_later_message"),
    _of("python-ami#3, panoramisk#106", "a character that is split or truncated by the server",
        "test_a_character_split_across_reads_is_whole", "test_single_byte_segments_are_reassembled"),
    _of("NodeJS-AsteriskManager#42", "terminators that are no headers",
        "test_lines_without_a_header_name_are_kept"),
    _of("pystrix#26, pystrix#23", "a reader of text eats line ends",
        "test_single_byte_segments_are_reassembled"),
    _of("node-asterisk-ami#10, PAMI#61", "plain text without a response",
        "test_bare_text_ends_with_the_answer_to_a_ping", "test_bare_text_is_the_output_of_its_action"),
    # Headers that repeat
    _of("ruby_ami#42, python-ami#25, pyst2#25, PAMI#45, asterisk-java#761", "of several variables one is kept",
        "test_a_repeated_header_keeps_every_value"),
    _of("NodeJS-AsteriskManager#32, NodeJS-AsteriskManager#47", "of a repeated header one value is kept",
        "test_a_repeated_header_is_a_list"),
    _of("Nami#35", "VarSet's value is split at an equals sign", "test_an_equals_sign_in_a_variable_is_kept"),
    _of("starpy#32, AsterNET#220, AsterNET#202, amiws#59", "variables are joined in one header",
        "test_each_variable_is_sent_as_one_header", "test_asterisk_reads_variables_exactly_as_given"),
    _of("asterisk-ami-client#9", "a repeated header isn't sent as such",
        "test_an_accepted_action_arrives_with_exactly_its_headers"),
    # Correlation
    _of("asterisk.io#2, panoramisk#36", "OriginateResponse is taken for a response",
        "test_an_originate_response_is_an_event"),
    _of("NodeJS-AsteriskManager#25, ya-node-asterisk#10", "the outcome of a call isn't reported",
        "test_send_and_wait_returns_the_event_of_its_own_call"),
    _of("panoramisk#54", "QueueAdd never resolves", "test_a_message_that_mentions_a_list_starts_none"),
    _of("panoramisk#107", "the result of an AGI command is lost",
        "test_send_and_wait_finds_an_agi_command_by_its_command_id"),
    _of("Nami#24", "two ActionIDs", "test_the_first_of_two_action_ids_is_used"),
    _of("ex_ami#8, reactphp-ami#44", "ActionIDs that collide", "test_an_action_id_that_is_in_flight_is_refused",
        "test_action_ids_are_unique_and_unpredictable"),
    _of("python-ami#26, python-ami#27", "lists aren't collected", "test_a_list_is_collected_whole",
        "test_subscribers_do_not_get_the_items_of_own_lists"),
    _of("asterisk-java#738", "a user event with another action's ActionID",
        "test_a_user_event_with_our_action_id_is_no_reply",
        "test_a_user_event_with_the_action_id_of_a_list_is_no_item"),
    _of("asterisk-java#340, asterisk-java#341", "Hangup by a pattern answers with a list",
        "test_hangup_by_a_pattern_is_answered_with_a_list"),
    _of("reactphp-ami#42", "an answer without ActionID",
        "test_a_response_without_action_id_answers_the_oldest_action"),
    _of("chan-dongle#104", "events of unknown modules",
        "test_unknown_events_and_undeclared_headers_are_kept"),
    _of("NodeJS-AsteriskManager#23", "an ActionID of the caller's", "test_an_action_id_of_the_caller_is_used"),
    # The connection
    _of("python-ami#31", "an endless loop of broken pipes", "test_subscriptions_continue_when_a_killed_server_restarts",
        "test_data_received_before_a_failed_write_is_delivered"),
    _of("pyst2#62, asterisk-hass-integration#53", "a client works for one connection only",
        "test_a_client_can_connect_again_after_logoff", "test_a_client_works_in_one_event_loop_after_another"),
    _of("NodeJS-AsteriskManager#62, #40, #30, #18", "no delay between attempts, or one of a day; listeners are lost",
        "test_attempts_follow_the_delays_of_the_settings", "test_default_delays_are_at_most_a_second_and_differ",
        "test_subscriptions_continue_when_a_killed_server_restarts"),
    _of("AsterNET#214", "a Ping before the login", "test_no_ping_is_sent_before_the_login"),
    _of("starpy#35, panoramisk#31", "the outcome of actions in flight when the connection is lost",
        "test_a_sent_action_is_never_sent_again",
        "test_actions_in_flight_at_a_cut_have_an_unknown_outcome"),
    _of("gami#1", "a race while reconnecting",
        "test_closing_stops_reconnecting", "test_connecting_while_reconnecting_is_an_error"),
    _of("asterisk-java#199", "a lost connection isn't reported", "test_notices_have_their_place_among_the_events"),
    _of("asterisk-java#350", "live state isn't rebuilt",
        "test_a_handler_of_connected_can_query_state_before_the_next_event"),
    _of("AsterNET#277, AsterNET#107", "the reader dies of an exception",
        "test_a_bug_in_the_reader_ends_the_connection_and_every_wait",
        "test_any_bytes_can_be_received"),
    # Load and order
    _of("asterisk-java#161, asterisk-java#302", "sending in a handler blocks the reader",
        "test_a_handler_can_send_actions"),
    _of("asterisk-java#592, AsterNET#69, AsterNET#20", "a slow handler delays events, or loses them",
        "test_a_slow_handler_delays_no_other",
        "test_a_flood_of_events_for_a_busy_handler_delays_no_reply", "test_a_flood_takes_bounded_memory"),
    _of("asterisk#2145", "events wait on the server until something is asked of it",
        "test_an_idle_server_is_pinged_after_each_half_of_max_silence"),
    _of("AsterNET#21, amiws#68", "a call that is placed while the server waits blocks everything",
        "test_a_server_busy_with_an_action_stays_connected"),
    _of("asterisk-java#145", "events are reordered", "test_events_arrive_in_the_order_of_the_server"),
    _of("NodeJS-AsteriskManager#39", "each action leaks memory", "test_finished_actions_keep_no_state"),
    _of("AsterNET#257", "of two hangups at once one is seen", "test_events_arrive_in_the_order_of_the_server"),
    _of("PAMI#205, asterisk-java#731, AsterNET#36", "one timeout for all actions",
        "test_a_missing_reply_times_the_action_out", "test_the_reply_timeout_of_the_client_is_the_default"),
    # Types, versions
    _of("asterisk-java#235, #496, #650, #695, #305", "events and headers that are unknown are lost, or spam the log",
        "test_unknown_events_and_undeclared_headers_are_kept"),
    _of("asterisk-java#45, #165, #204, #257, #360", "a number of another kind ends the message",
        "test_a_value_of_another_type_is_an_issue_and_stays_in_raw"),
    _of("py-asterisk#7, Nami#25, Nami#2, asterisk-java#357, #276, #446, #798", "a banner of a version that isn't known",
        "test_the_version_is_read_from_the_banner", "test_the_version_is_asked_again_after_a_reconnection"),
    # Encoding, TLS, filters
    _of("python-ami#7, pyami_asterisk#3, ruby_ami#3, ami-io#16", "bytes that aren't UTF-8",
        "test_bytes_that_are_not_utf_8_are_kept", "test_latin_1_is_encoded_to_the_bytes_it_was_parsed_from"),
    _of("AsterNET#22, amisms#2", "bytes before the first action, or too few after one",
        "test_an_accepted_action_arrives_with_exactly_its_headers"),
    _of("python-ami#34, AsterNET#145", "no TLS",
        "test_a_client_certificate_is_accepted", "test_tls_verifies_certificate_and_host_name"),
    _of("Nami#52, asterisk-java#298, AsterNET#90, PAMI#100, panoramisk#84", "no event mask at the login, no filters",
        "test_the_mask_is_sent_with_each_login", "test_filters_are_set_at_each_login_before_anything_else"),
    _of("amiws#10", "more headers than Asterisk reads", "test_at_most_128_headers_are_sent"),
)  # fmt: skip

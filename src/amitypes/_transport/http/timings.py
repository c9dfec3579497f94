"""The pace of polling for events over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PollTimings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTimings:
    """The pace of polling, all in seconds.

    Args:
        wait: The most that one poll waits for events: what a server allows with its httptimeout at 60, and few enough
            for proxies that want an answer within a minute; default: 50.
        session_reserve: How long before a session's end the server ends a poll; default: 10.
        wait_margin: How much later than asked for a poll may be answered; default: 15.
        busy_pace: From poll to poll while events come: under load they come in batches, else without delay; default:
            0.05.
        idle_pace: From poll to poll while none come, where the server doesn't wait (httptimeout of 10 and less);
            default: 1.
        last_poll: How long fetching the last events may take before the logoff; default: 5.
        replaced_poll: How long a poll that another one replaces may take to be answered; the server looks once a
            second; default: 2.
        digest_session: For how long every server keeps a digest session; a new one looks the same to the client;
            default: 5.
    """

    wait: float = 50
    session_reserve: float = 10
    wait_margin: float = 15.0
    busy_pace: float = 0.05
    idle_pace: float = 1.0
    last_poll: float = 5.0
    replaced_poll: float = 2.0
    digest_session: float = 5.0

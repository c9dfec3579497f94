"""Fixtures of the behaviour suites."""

from tests.time_limit import no_test_hangs
from tests.unit.client.conftest import lone_client, no_task_is_left
from tests.unit.conftest import asterisk, client

__all__ = ["asterisk", "client", "lone_client", "no_task_is_left", "no_test_hangs"]

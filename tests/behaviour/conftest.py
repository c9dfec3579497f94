"""Fixtures of the behaviour suites."""

from tests.time_limit import no_test_hangs

__all__ = ["no_test_hangs"]

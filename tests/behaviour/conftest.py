"""Fixtures of the fault suite."""

from tests.time_limit import no_test_hangs

__all__ = ["no_test_hangs"]

"""The time between the flood's beginning and its end, printed for the benchmark that started the subject."""

from __future__ import annotations

import json
import resource
import time


class Clock:
    """Counts events, and the time that they take."""

    def __init__(self) -> None:
        self.handled = 0
        self._began = time.perf_counter()
        self._cpu = time.process_time()

    def report(self) -> None:
        """Print events, seconds, seconds of CPU and the largest memory so far, as JSON."""
        print(
            json.dumps(
                {
                    "handled": self.handled,
                    "seconds": time.perf_counter() - self._began,
                    "cpu": time.process_time() - self._cpu,
                    "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
                }
            )
        )

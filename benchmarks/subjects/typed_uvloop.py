"""amitypes on uvloop's event loop, otherwise the same."""

from __future__ import annotations

import sys

import uvloop

from benchmarks.subjects.typed import main

if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))

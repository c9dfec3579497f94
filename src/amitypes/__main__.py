"""``python -m amitypes`` is the command ``amitypes``."""

from __future__ import annotations

import sys

from amitypes.cli import main

if __name__ == "__main__":
    sys.exit(main())

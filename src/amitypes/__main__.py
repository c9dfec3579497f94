"""``python -m amitypes`` is the command ``amitypes``."""

from __future__ import annotations

import sys

from amitypes._cli.main import main

if __name__ == "__main__":
    sys.exit(main())

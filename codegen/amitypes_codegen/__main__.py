"""``python -m amitypes_codegen``, and the command ``amitypes-codegen``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; say so where what it needs isn't installed."""
    try:
        from amitypes_codegen.commands.main import main as command
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("amitypes"):
            raise
        sys.stderr.write(
            f"amitypes-codegen needs {error.name}, which comes with the extra: pip install 'amitypes[codegen]'\n"
        )
        raise SystemExit(2) from None
    command(prog_name="amitypes-codegen")


if __name__ == "__main__":
    main()

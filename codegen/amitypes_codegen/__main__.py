"""``python -m amitypes_codegen``, and the command ``amitypes-codegen``."""

from __future__ import annotations

import sys

_EXTRA = ("click", "jinja2", "jsonschema", "lxml")
"""The modules that the extra ``codegen`` installs and the generator imports."""


def main() -> None:
    """Runs the command; names the extra if one of its modules isn't installed."""
    try:
        from amitypes_codegen.commands.main import main as command

        command(prog_name="amitypes-codegen")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write(
            f"amitypes-codegen needs {error.name}, which comes with the extra: pip install 'amitypes[codegen]'\n"
        )
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()

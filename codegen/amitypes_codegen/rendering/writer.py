"""Writes generated text as formatted files, where they changed, and removes stale ones; or only compares."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from amitypes_codegen.errors import OutputError
from amitypes_codegen.rendering.render import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIG = """\
line-length = 120
target-version = "py311"

[lint.isort]
known-first-party = ["amitypes"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a folder differs from what is generated, as sorted paths below it.

    Attributes:
        changed: Files that are missing or have another text.
        stale: Generated files that are no longer generated.
        foreign: Modules that don't belong to it: never generated, or of another package.
    """

    changed: tuple[str, ...]
    stale: tuple[str, ...]
    foreign: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.stale or self.foreign)


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """Formats Python files, whatever the user's own configuration says.

    Args:
        files: Texts by path.

    Returns:
        The same files, formatted.

    Raises:
        OutputError: If ruff isn't installed, a text isn't Python, or a file can't be written.
    """
    with TemporaryDirectory(prefix="amitypes-") as name:
        folder = Path(name)
        package = folder / "package"
        for path, text in files.items():
            target = package / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            except (OSError, UnicodeEncodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else error.reason
                raise OutputError(
                    f"can't be written: {reason}", path=path if len(path) < 100 else f"{path[:80]}..."
                ) from error
        config = folder / "ruff.toml"
        config.write_text(_CONFIG, encoding="utf-8")
        _ruff("check", "--fix", "--select", "I,F401,RUF022", config=config, folder=package)
        _ruff("format", config=config, folder=package)
        return {path: (package / path).read_text(encoding="utf-8") for path in files}


def compare(files: Mapping[str, str], out: Path) -> Difference:
    """Compares a folder with what is generated.

    Args:
        files: The generated files, formatted.
        out: The folder; it need not exist.

    Returns:
        The difference.

    Raises:
        OutputError: If a file can't be read.
    """
    try:
        present = {path.relative_to(out).as_posix(): path for path in _modules(out)}
        unknown = {name: path for name, path in present.items() if name not in files}
        # Below other folders there may be another generated package, which isn't ours to remove.
        own = {(out / name).parent for name in files}
        stale = {name for name, path in unknown.items() if path.parent in own and _is_generated(path)}
        changed = [name for name, text in files.items() if _text(out / name) != text]
    except OSError as error:
        raise OutputError(f"can't be read: {error.strerror or error}", path=error.filename or out) from error
    return Difference(
        changed=tuple(sorted(changed)), stale=tuple(sorted(stale)), foreign=tuple(sorted(set(unknown) - stale))
    )


def write(files: Mapping[str, str], out: Path) -> Difference:
    """Writes what is generated into a folder. Files with the right text stay untouched.

    Args:
        files: The generated files, formatted.
        out: The folder; it is made if missing.

    Returns:
        The difference before writing.

    Raises:
        OutputError: If the folder has modules that were never generated, or can't be written.
    """
    difference = compare(files, out)
    if difference.foreign:
        raise OutputError(
            "is no part of what is generated, and the folder is for that alone; choose another one, or move the file",
            path=out / difference.foreign[0],
        )
    for name in difference.changed:
        if (out / name).exists() and not _is_generated(out / name):
            raise OutputError("wasn't generated, and would be overwritten; choose another folder", path=out / name)
    try:
        for name in difference.changed:
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[name], encoding="utf-8", newline="\n")
        for name in difference.stale:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"can't be written: {error.strerror or error}", path=error.filename or out) from error
    return difference


def _modules(out: Path) -> list[Path]:
    return [path for suffix in ("py", "pyi") for path in out.rglob(f"*.{suffix}") if path.is_file()]


def _is_generated(path: Path) -> bool:
    return (_text(path) or "").startswith(MARK)


def _text(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else None


def _ruff(*command: str, config: Path, folder: Path) -> None:
    arguments = [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache", "--config", str(config), str(folder)]
    # The arguments are this function's own; nothing of them comes from the documentation.
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout).strip()
    if "No module named" in said:
        raise OutputError("ruff isn't installed; install amitypes with its extra: pip install 'amitypes[codegen]'")
    raise OutputError(f"ruff refuses the generated code:\n{said}")

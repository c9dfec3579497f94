"""The programs in must_pass type-check; those in must_fail have the errors that their comments announce, and no others.

A comment such as ``# error: mypy[call-arg] pyright[reportCallIssue]`` announces the errors of its line. If mypy with
pydantic's plugin reports another error than plain mypy, ``plugin[...]`` announces it; ``plugin[]`` announces none.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.typing.checkers import Findings, missing, mypy, pyright

HERE = Path(__file__).parent
CHECKERS = ("mypy", "mypy with pydantic's plugin", "pyright")

pytestmark = pytest.mark.skipif(
    bool(missing("mypy", "pyright")), reason="needs mypy and pyright: run tox -e type, or install the group 'type'"
)


@cache
def check(checker: str, folder: str, scratch: Path) -> Findings:
    """The findings of a checker for a folder; each runs once."""
    if checker == "pyright":
        # After a wrong name the type is unknown, which strict mode would report again.
        return pyright(HERE / folder, scratch, strict=folder == "must_pass")
    return mypy(HERE / folder, scratch, pydantic_plugin=checker != "mypy")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


def announced(program: Path, checker: str) -> set[tuple[str, int, str]]:
    """The errors that a program's comments announce for a checker."""
    found = set()
    for number, line in enumerate(program.read_text(encoding="utf-8").splitlines(), start=1):
        _, marker, comment = line.partition("# error:")
        if not marker:
            continue
        codes: dict[str, list[str]] = {}
        for name, code in re.findall(r"(\w+)\[([\w-]*)\]", comment):
            codes.setdefault(name, []).append(code)
        wanted = codes.get("pyright", []) if checker == "pyright" else codes.get("mypy", [])
        if checker not in {"mypy", "pyright"}:
            wanted = codes.get("plugin", wanted)
        found |= {(program.name, number, code) for code in wanted if code}
    return found


def programs(folder: str) -> list[str]:
    names = sorted(path.name for path in (HERE / folder).glob("*.py"))
    assert names, f"no programs in {folder}"
    return names


def differences(program: Path, checker: str, scratch: Path) -> list[str]:
    """Where a checker says something else of a program than its comments announce."""
    expected = announced(program, checker)
    found = {
        where: message
        for where, message in check(checker, program.parent.name, scratch).items()
        if where[0] == program.name
    }
    return [
        *(f"line {line}: unexpected {code}: {found[name, line, code]}" for name, line, code in found.keys() - expected),
        *(f"line {line}: no {code}" for _, line, code in expected - found.keys()),
    ]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("program", programs("must_pass"))
def test_a_valid_program_passes(checker: str, program: str, scratch: Path) -> None:
    problems = differences(HERE / "must_pass" / program, checker, scratch)
    assert not problems, "\n".join(sorted(problems))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("program", programs("must_fail"))
def test_an_invalid_program_fails_as_announced(checker: str, program: str, scratch: Path) -> None:
    assert announced(HERE / "must_fail" / program, checker), f"{program} announces nothing for {checker}"
    problems = differences(HERE / "must_fail" / program, checker, scratch)
    assert not problems, "\n".join(sorted(problems))

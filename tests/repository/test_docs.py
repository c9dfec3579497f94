"""The documentation is right: its code runs, its commands are the real ones, its links exist."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

import pytest

from tests.markdown import REPOSITORY, Block, blocks, documents


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_code_block_runs(block: Block) -> None:
    """Each block is a module of its own: its imports exist, its decorators accept their arguments."""
    exec(compile(block.code, str(block), "exec"), {"__name__": "documentation"})


def test_the_pages_have_code_blocks() -> None:
    assert {block.file for block in blocks("python")} >= {"README.md", "docs/events.md", "docs/actions.md"}


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_every_toml_block_is_valid(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_anchor_leads_to_a_heading(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text(encoding="utf-8"))
    assert [
        (file, anchor) for file, anchor in links if anchor not in anchors(path.parent / file if file else path)
    ] == []


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def readme_command(word: str) -> str:
    """The only command of the README that contains a word."""
    commands = [line.removeprefix("$ ") for block in blocks("console") for line in block.code.splitlines()]
    (command,) = {line for line in commands if line.startswith("python3 -m venv ") and word in line}
    return command


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert readme_command("/tox") in [line.strip() for line in script]


def test_the_demo_is_a_command_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert readme_command("amitypes demo").endswith("amitypes demo")
    assert "amitypes" in project["scripts"]


def test_the_documented_environments_are_those_of_tox() -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(REPOSITORY / "tox.ini", encoding="utf-8")
    table = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    documented = {
        name for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert documented == set(settings["tox"]["env_list"].split(", "))

"""Generated files are written, compared and removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from amitypes_codegen.errors import OutputError
from amitypes_codegen.rendering import writer
from amitypes_codegen.rendering.render import MARK

FILES = {"__init__.py": f"{MARK}\n", "events/hangup.py": f"{MARK}\nx = 1\n", "py.typed": ""}


def test_formatting_ignores_the_users_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ruff.toml").write_text('line-length = 20\n[format]\nquote-style = "single"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    long = "value = ['" + "a" * 60 + "', 'b']\n"
    made = writer.formatted({"a.py": f"import os\nimport ast\n\n\nprint(ast)\n{long}"})["a.py"]
    assert made == 'import ast\n\nprint(ast)\nvalue = ["' + "a" * 60 + '", "b"]\n'


def test_invalid_python_is_refused() -> None:
    with pytest.raises(OutputError, match="ruff refuses"):
        writer.formatted({"a.py": "def"})


@pytest.mark.parametrize(("path", "text"), [("x" * 300 + ".py", ""), ("a.py", "x = '\ud800'")])
def test_files_that_cant_be_formatted_are_refused(path: str, text: str) -> None:
    with pytest.raises(OutputError, match=r"^(a\.py|x{80}\.\.\.): can't be written: "):
        writer.formatted({path: text})


def test_written_files_have_no_differences(tmp_path: Path) -> None:
    out = tmp_path / "package"
    assert writer.compare(FILES, out).changed == tuple(sorted(FILES))
    assert not out.exists()
    assert writer.write(FILES, out).changed == tuple(sorted(FILES))
    assert not writer.compare(FILES, out)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == set(FILES)


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    writer.write(FILES, tmp_path)
    for name in FILES:
        os.utime(tmp_path / name, (1, 1))
    done = writer.write({**FILES, "events/hangup.py": f"{MARK}\nx = 2\n"}, tmp_path)
    assert done.changed == ("events/hangup.py",)
    assert (tmp_path / "__init__.py").stat().st_mtime == 1
    assert (tmp_path / "events/hangup.py").read_text(encoding="utf-8").endswith("x = 2\n")


def test_stale_files_are_removed(tmp_path: Path) -> None:
    writer.write({**FILES, "events/gone.py": f"{MARK}\n"}, tmp_path)
    assert writer.compare(FILES, tmp_path).stale == ("events/gone.py",)
    assert writer.write(FILES, tmp_path).stale == ("events/gone.py",)
    assert not (tmp_path / "events/gone.py").exists()


def test_files_that_werent_generated_are_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("precious = True\n", encoding="utf-8")
    assert writer.compare(FILES, tmp_path).foreign == ("mine.py",)
    with pytest.raises(OutputError, match=r"mine\.py: is no part of what is generated"):
        writer.write(FILES, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


@pytest.mark.parametrize("name", ["__init__.py", "py.typed"])
def test_a_file_of_the_user_is_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious = True\n", encoding="utf-8")
    with pytest.raises(OutputError, match=f"{name}: wasn't generated, and would be overwritten"):
        writer.write(FILES, tmp_path)
    assert (tmp_path / name).read_text(encoding="utf-8") == "precious = True\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_another_package_in_the_folder_is_kept(tmp_path: Path) -> None:
    writer.write(FILES, tmp_path / "other")
    with pytest.raises(OutputError, match=r"other/__init__\.py: is no part"):
        writer.write(FILES, tmp_path)
    assert not writer.compare(FILES, tmp_path / "other")


def test_a_folder_that_cant_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="can't be"):
        writer.write(FILES, tmp_path / "file" / "package")

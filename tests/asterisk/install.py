"""Installs the Asterisks that the live tests run against.

Each version gets a Debian root folder of its own below the cache directory, so that nothing is installed on the
machine itself. A finished root carries a stamp with the recipe it was made by; it is reused until the recipe changes.
Versions that no Debian carries run from root folders that you provide: see `provide`.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE_VARIABLE = "AMITYPES_ASTERISK_CACHE"
STAMP = "amitypes-install.json"
"""Lies in the root folder; written last."""
REVISION = 1
"""Part of the stamp: to be raised when `_build` changes in a way that finished roots must follow."""


@dataclass(frozen=True)
class Recipe:
    """How one Asterisk is installed: the Debian suite that carries it, and the packages to take from there."""

    suite: str
    packages: tuple[str, ...]


# dahdi-source stands in for dahdi-dkms, which would pull in a compiler and build kernel modules for the wrong kernel.
RECIPES = {
    "22": Recipe("sid", ("asterisk", "asterisk-dahdi", "dahdi-source")),
    "16": Recipe("bullseye", ("asterisk", "asterisk-dahdi", "asterisk-voicemail", "dahdi-source")),
}


BRANCHES = ("16", "18", "20", "21", "22", "23")
"""The versions that can be tried at all: those the types are made for."""
_provided: dict[str, Path] = {}


class InstallError(RuntimeError):
    """An Asterisk could not be installed on this machine; the message says why and what to do."""


def cache_directory() -> Path:
    """The folder that holds the installed roots: `$AMITYPES_ASTERISK_CACHE`, or `.cache/asterisk` in the repository."""
    return Path(os.environ.get(CACHE_VARIABLE) or REPOSITORY / ".cache" / "asterisk").resolve()


def provide(given: str) -> None:
    """Takes an Asterisk that is already there, instead of or in addition to those of `RECIPES`.

    Args:
        given: `VERSION=FOLDER`: one of `BRANCHES`, and a root folder to be entered with `chroot`, which has the command
            `asterisk`, the account `asterisk`, and Asterisk's data in `/usr/share/asterisk`.

    Raises:
        InstallError: Unreadable, or there is no such Asterisk.
    """
    version, _, folder = given.partition("=")
    root = Path(folder).resolve()
    if version not in BRANCHES or not folder:
        msg = f"{given!r} names no Asterisk: write VERSION=FOLDER, with a version of {', '.join(BRANCHES)}"
        raise InstallError(msg)
    if not (root / "usr/sbin/asterisk").is_file():
        msg = f"{root} isn't the root folder of an Asterisk: it has no usr/sbin/asterisk"
        raise InstallError(msg)
    _provided[version] = root


def versions() -> list[str]:
    """The versions that can be run: those of `RECIPES` and the provided ones."""
    return [*RECIPES, *sorted(_provided.keys() - RECIPES.keys())]


def install(version: str) -> Path:
    """Installs one Asterisk unless it is there already.

    Args:
        version: One of `versions()`.

    Returns:
        The root folder, to be entered with `chroot`.

    Raises:
        InstallError: Not root, no debootstrap, no network, or a package failed to install; or the provided Asterisk is
            of another version.
    """
    if os.geteuid() != 0:
        msg = f"Asterisk {version} is installed into a root folder and run by chroot, which needs root: run as root"
        raise InstallError(msg)
    if root := _provided.get(version):
        release = installed_release(root)
        if not release.startswith(f"{version}."):
            msg = f"{root} was given as Asterisk {version} and holds {release}"
            raise InstallError(msg)
        return root
    recipe = RECIPES[version]
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / version
    with _lock(cache / f"{version}.lock") as lock:
        if not _is_finished(root, recipe):
            _build(version, recipe, root, _Runner(cache / f"{version}.log", lock))
    return root


def installed_release(root: Path) -> str:
    """The Asterisk release in a root folder: `16.28.0` of `Asterisk 16.28.0~dfsg-0+deb11u4`."""
    output = subprocess.run(["chroot", root, "asterisk", "-V"], check=True, capture_output=True, text=True).stdout
    found = re.match(r"Asterisk (?:\w+-)?(\d+(?:\.\d+)+)", output)
    if not found:
        msg = f"{root} holds an Asterisk of an unreadable version: {output!r}"
        raise InstallError(msg)
    return found[1]


@contextmanager
def _lock(path: Path) -> Iterator[int]:
    """Two test runs, or two processes of one, may share one cache: the second waits for the first to finish."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


@contextmanager
def changing_the_machine() -> Iterator[None]:
    """One process at a time installs something on this machine, which `apt-get` insists on."""
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    with _lock(cache / "apt-get.lock"):
        yield


def _recipe_text(recipe: Recipe) -> str:
    return json.dumps({"revision": REVISION, **asdict(recipe)}, sort_keys=True)


def _is_finished(root: Path, recipe: Recipe) -> bool:
    stamp = root / STAMP
    return stamp.is_file() and stamp.read_text() == _recipe_text(recipe)


class _Runner:
    """Runs commands with their output in a log.

    They inherit the lock, so that one which survives a killed install keeps the next install waiting. What they mount
    (debootstrap and some packages need /proc in the new root) is in a namespace of their own and ends with them.
    """

    def __init__(self, log: Path, lock: int) -> None:
        self.log = log
        self._lock = lock
        log.write_bytes(b"")

    def __call__(self, *command: str) -> None:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        with self.log.open("ab") as output:
            done = subprocess.run(
                ["unshare", "--mount", "--propagation=private", *command], check=False, pass_fds=[self._lock],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip
        if done.returncode:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            msg = f"`{' '.join(command)}` ended with status {done.returncode}; the end of {self.log}:\n{tail}"
            raise InstallError(msg)


def _build(version: str, recipe: Recipe, root: Path, run: _Runner) -> None:
    """Builds next to the final place and moves it there when done, so that an interrupted build is never used."""
    partial = root.with_name(f"{version}.partial")
    for leftover in (partial, root):
        if leftover.exists():
            shutil.rmtree(leftover)

    _ensure_debootstrap(run)
    _say(f"Asterisk {version}: Debian {recipe.suite} into {root} (log: {run.log})")
    run("debootstrap", "--variant=minbase", recipe.suite, str(partial))

    policy = partial / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")  # the packages' scripts must not start any service
    policy.chmod(0o755)
    _say(f"Asterisk {version}: {' '.join(recipe.packages)}")
    run("chroot", str(partial), "apt-get", "install", "-y", "--no-install-recommends", *recipe.packages)
    run("chroot", str(partial), "apt-get", "clean")

    # apt needed a name server; the Asterisk of the tests must reach this machine only
    (partial / "etc/resolv.conf").write_text("")
    (partial / "etc/hosts").write_text("127.0.0.1 localhost\n")

    release = installed_release(partial)
    if not release.startswith(f"{version}."):
        msg = f"Debian {recipe.suite} now carries Asterisk {release}: RECIPES needs another suite for {version}"
        raise InstallError(msg)
    (partial / STAMP).write_text(_recipe_text(recipe))
    partial.rename(root)
    _say(f"Asterisk {version}: installed {release}")


def _ensure_debootstrap(run: _Runner) -> None:
    with changing_the_machine():
        if shutil.which("debootstrap"):
            return
        if not shutil.which("apt-get"):
            msg = "Asterisk is installed with debootstrap, and this machine has neither that nor apt-get to get it with"
            raise InstallError(msg)
        _say("debootstrap is missing: installing it")
        run("apt-get", "update")
        run("apt-get", "install", "-y", "--no-install-recommends", "debootstrap")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: installs the versions named, or all of them, and prints their root folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"of {', '.join(RECIPES)}; default: all")
    versions: list[str] = parser.parse_args(arguments).versions
    if unknown := [version for version in versions if version not in RECIPES]:
        parser.error(f"no recipe for Asterisk {', '.join(unknown)}: choose from {', '.join(RECIPES)}")
    try:
        for version in versions or RECIPES:
            print(install(version))
    except InstallError as error:
        _say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

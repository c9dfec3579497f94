"""Packages whose names are imported when they are first used: the client doesn't pay for 500 models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules

__all__ = ["lazy"]


def lazy(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a package import each of its names from the name's module, at first use.

    Args:
        package: The package's ``__name__``.
        names: For each name the module that defines it, relative to the package.

    Returns:
        The package's ``__getattr__``, ``__dir__`` and ``__all__``.
    """

    def load(name: str) -> object:
        module = names.get(name)
        if module is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(f".{module}", package), name)
        setattr(modules[package], name, value)
        return value

    def names_of() -> list[str]:
        return sorted({*vars(modules[package]), *names})

    return load, names_of, tuple(names)

"""Packages whose names are imported when they are first used: the client doesn't pay for 500 models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules
from types import ModuleType

__all__ = ["door", "find", "lazy"]


def lazy(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a package import each of its names from the name's module, at first use.

    Args:
        package: The package's ``__name__``.
        names: For each name the module that defines it: a module of the package, or one with a dotted name.

    Returns:
        The package's ``__getattr__``, ``__dir__`` and ``__all__``.
    """

    def load(name: str) -> object:
        module = names.get(name)
        if module is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(module if "." in module else f".{module}", package), name)
        setattr(modules[package], name, value)
        return value

    def names_of() -> list[str]:
        return sorted({*vars(modules[package]), *names})

    return load, names_of, tuple(names)


def door(name: str, target: ModuleType) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a module show what a lazy package has.

    Args:
        name: The module's ``__name__``.
        target: The package.

    Returns:
        The module's ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    shown = ("by_name", *target.__all__)

    def load(attribute: str) -> object:
        if attribute not in shown:
            msg = f"module {name!r} has no attribute {attribute!r}"
            raise AttributeError(msg)
        value: object = getattr(target, attribute)
        setattr(modules[name], attribute, value)
        return value

    return load, lambda: sorted({*vars(modules[name]), *shown}), shown


def find(package: str, by_name: Mapping[str, str], name: str) -> object:
    """Find one of a package's classes by its name on the wire.

    Args:
        package: The package's ``__name__``.
        by_name: The names of its classes by wire name in lower case.
        name: The name to look for, in any case.

    Returns:
        The class.

    Raises:
        KeyError: The package has none of this name; the message names the nearest ones.
    """
    found = by_name.get(name.lower())
    if found is not None:
        return getattr(modules[package], found)
    from difflib import get_close_matches

    near = [by_name[key] for key in get_close_matches(name.lower(), by_name, n=3)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    msg = f"{name!r} is none of the {package.rpartition('.')[2]}{hint}"
    raise KeyError(msg)

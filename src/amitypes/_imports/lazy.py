"""Modules whose names are imported at their first use, so that a client doesn't load some 500 models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules
from types import ModuleType

__all__ = ["find", "lazy", "reexport"]


def lazy(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a module import each of its names at the name's first use.

    Args:
        package: The module's ``__name__``.
        names: For each name, the module that defines it: a submodule, or one with a dotted name.

    Returns:
        The module's ``__getattr__``, ``__dir__`` and ``__all__``.
    """

    def load(name: str) -> object:
        module = names.get(name)
        if module is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(module if "." in module else f".{module}", package), name)
        setattr(modules[package], name, value)
        return value

    def list_names() -> list[str]:
        return sorted({*vars(modules[package]), *names})

    return load, list_names, tuple(names)


def reexport(name: str, target: ModuleType) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a module offer the names of a lazy package.

    Args:
        name: The module's ``__name__``.
        target: The package.

    Returns:
        The module's ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    offered = ("by_name", *target.__all__)

    def load(attribute: str) -> object:
        if attribute not in offered:
            msg = f"module {name!r} has no attribute {attribute!r}"
            raise AttributeError(msg)
        value: object = getattr(target, attribute)
        setattr(modules[name], attribute, value)
        return value

    return load, lambda: sorted({*vars(modules[name]), *offered}), offered


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
    from difflib import get_close_matches  # only for the error

    near = [by_name[key] for key in get_close_matches(name.lower(), by_name, n=3)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    msg = f"{name!r} isn't one of the {package.rpartition('.')[2]}{hint}"
    raise KeyError(msg)

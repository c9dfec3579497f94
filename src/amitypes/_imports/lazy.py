"""Modules whose names are imported at their first use, so that a client doesn't load some 500 models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules
from types import ModuleType

__all__ = ["find", "lazy", "reexport"]


def lazy(
    module: str, names: Mapping[str, str], *defined: str
) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a module import each of its names at first use.

    ``dir()`` of the module lists these names, those that it defines itself, and its public submodules, so that an
    interactive prompt offers nothing else.

    Args:
        module: The module's ``__name__``.
        names: For each name the module that defines it: a submodule, or one with a dotted name.
        defined: Public names that the module defines itself.

    Returns:
        The module's ``__getattr__``, ``__dir__`` and ``__all__``.
    """

    def load(name: str) -> object:
        source = names.get(name)
        if source is None:
            msg = f"module {module!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(source if "." in source else f".{source}", module), name)
        setattr(modules[module], name, value)
        return value

    def list_names() -> list[str]:
        return sorted({*defined, *names, *_public_submodules(module)})

    return load, list_names, (*defined, *names)


def reexport(
    module: str, target: ModuleType
) -> tuple[Callable[[str], object], Callable[[], list[str]], tuple[str, ...]]:
    """Make a module offer the names of another one, which may be lazy.

    Args:
        module: The module's ``__name__``.
        target: The other module; its ``__all__`` says what is offered.

    Returns:
        The module's ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    return lazy(module, dict.fromkeys(target.__all__, target.__name__))


def _public_submodules(package: str) -> list[str]:
    return [
        name
        for name, value in vars(modules[package]).items()
        if isinstance(value, ModuleType) and value.__name__ == f"{package}.{name}" and not name.startswith("_")
    ]


def find(module: str, by_name: Mapping[str, str], name: str) -> object:
    """Find one of a module's classes by its name on the wire.

    Args:
        module: The module's ``__name__``.
        by_name: The names of its classes by wire name in lower case.
        name: The name to look for, in any case.

    Returns:
        The class.

    Raises:
        KeyError: The module has none of this name; the message names the nearest ones.
    """
    found = by_name.get(name.lower())
    if found is not None:
        return getattr(modules[module], found)
    from difflib import get_close_matches  # only for the error

    near = [by_name[key] for key in get_close_matches(name.lower(), by_name, n=3)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    msg = f"{name!r} isn't one of the {module.rpartition('.')[2]}{hint}"
    raise KeyError(msg)

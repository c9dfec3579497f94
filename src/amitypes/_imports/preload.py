"""What is loaded at its first use as a rule, loaded beforehand."""

from __future__ import annotations

from importlib import import_module

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load the classes of all actions, events and responses now, instead of each at its first use.

    That takes half a second, and some 20 megabytes. It is for programs that would rather spend the time at their start
    than when the first event of a kind comes.
    """
    for group in ("actions", "events", "responses"):
        package = import_module(f"amitypes._generated.{group}")
        for name in package.__all__:
            model = getattr(package, name)
            if group != "events":  # which decoding fills without validators
                model.model_rebuild()

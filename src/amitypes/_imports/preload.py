"""Loads all generated classes at once, which are otherwise loaded at their first use."""

from __future__ import annotations

from importlib import import_module

__all__ = ["warm_up"]


def warm_up() -> None:
    """Load the classes of all actions, events and responses now, instead of each at its first use.

    This takes half a second and some 20 megabytes. Call it at the start of a program that must not spend that time when
    the first event of a kind comes.
    """
    for group in ("actions", "events", "responses"):
        module = import_module(f"amitypes._generated.{group}")
        for name in module.__all__:
            model = getattr(module, name)
            if group != "events" and name != "by_name":  # decoding needs no validator for most events
                model.model_rebuild()

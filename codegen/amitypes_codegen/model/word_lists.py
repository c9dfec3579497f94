"""Names the lists of words that headers take their values from, for the module ``words``.

A list is named after its header, so that another use of the header doesn't rename it. `names.WORD_LISTS` has the
exceptions: headers with a general name, such as ``Status``, and headers that share a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from amitypes_codegen.model import names, types
from amitypes_codegen.model.definitions import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from amitypes_codegen.model.definitions import Branches, Header, Model

_Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """A list of words.

    Attributes:
        name: The name in the module ``words``.
        values: The words.
        branches: The branches in which at least one header has the list.
        headers: The headers, each as ``Header``, or as ``Header of Owner`` if the owner decides the name.
    """

    name: str
    values: tuple[Value, ...]
    branches: Branches
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Use:
    owner: str
    header: Header

    @property
    def words(self) -> _Words:
        return tuple(value.name for value in self.header.values)


class WordLists:
    """The lists of words of a model, and the name of each header's list.

    Args:
        model: The merged model.
    """

    def __init__(self, model: Model) -> None:
        by_name: dict[str, list[_Use]] = {}
        for use in _uses(model):
            by_name.setdefault(_name(use), []).append(use)
        lists = {name: uses for name, uses in by_name.items() if len({use.words for use in uses}) == 1}
        self._words = {name: uses[0].words for name, uses in lists.items()}
        for name in sorted(by_name.keys() - self._words.keys()):
            lists |= _split_by_owner(name, by_name[name], lists)
        self._prefixed = {
            (use.owner, use.header.base, use.words): name
            for name in lists.keys() - self._words.keys()
            for use in lists[name]
        }
        self.lists = tuple(_list(name, lists[name]) for name in sorted(lists, key=lambda name: (name.lower(), name)))

    def name(self, owner: str, header: Header) -> str:
        """Returns the name of a header's list of words; empty if it has none.

        Args:
            owner: The name of the action or event on the wire.
            header: The header.
        """
        if not types.has_words(header):
            return ""
        use = _Use(owner, header)
        name = _name(use)
        return name if self._words.get(name) == use.words else self._prefixed.get((owner, header.base, use.words), "")


def _uses(model: Model) -> Iterator[_Use]:
    for action in model.actions.values():
        for header in (*action.parameters, *action.response):
            if types.has_words(header):
                yield _Use(action.name, header)
    for event in model.events.values():
        for header in event.headers:
            if types.has_words(header):
                yield _Use(event.name, header)


def _key(use: _Use) -> str:
    """The key of the list in `names.WORD_LISTS`: the header, or the header of this owner."""
    own = f"{use.header.base} of {use.owner}"
    return own if own in names.WORD_LISTS else use.header.base


def _name(use: _Use) -> str:
    key = _key(use)
    return names.WORD_LISTS.get(key) or names.class_name(key)


def _split_by_owner(name: str, uses: Iterable[_Use], taken: Mapping[str, object]) -> dict[str, list[_Use]]:
    """Splits lists that would have the same name: each is prefixed with the name of its first owner."""
    by_words: dict[_Words, list[_Use]] = {}
    for use in uses:
        by_words.setdefault(use.words, []).append(use)
    split: dict[str, list[_Use]] = {}
    for part in by_words.values():
        prefixed = f"{names.class_name(part[0].owner)}{name}"
        while prefixed in taken or prefixed in split:
            prefixed += "_"
        split[prefixed] = part
    return split


def _list(name: str, uses: list[_Use]) -> WordList:
    branches: dict[str, Branches] = {}
    for use in uses:
        for value in use.header.values:
            branches[value.name] = branches.get(value.name, frozenset()) | value.branches
    alone = name == _name(uses[0])
    headers = {_key(use) if alone else f"{use.header.base} of {use.owner}" for use in uses}
    return WordList(
        name=name,
        values=tuple(Value(name=word, branches=of) for word, of in branches.items()),
        branches=frozenset().union(*(use.header.branches for use in uses)),
        headers=tuple(sorted(headers, key=lambda header: (header.lower(), header))),
    )

"""The package to verify: amitypes, or one that a user has generated."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from amitypes.runtime import BaseHTTPClient, BaseTCPClient
from amitypes_codegen.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes.runtime import Registry

_BRANCHES: Final = re.compile(r"Asterisk (\d+)[\d.]*(?: to (\d+)|((?:, \d+)*) and (\d+))?")


class Package:
    """A package with clients.

    Args:
        name: The package's import name, or its folder.

    Attributes:
        name: Its import name.
        tcp: Its client over TCP.
        http: Its client over HTTP.

    Raises:
        VerifyError: If the package can't be imported or has no clients.
    """

    def __init__(self, name: str) -> None:
        path = Path(name)
        if (path / "__init__.py").is_file():
            self.name = path.resolve().name
            where = path.resolve().parent
        else:
            self.name, where = name, Path.cwd()
        if str(where) not in sys.path:
            sys.path.append(str(where))
        try:
            module = import_module(self.name)
            tcp, http = getattr(module, "TCPClient", None), getattr(module, "HTTPClient", None)
        except (ImportError, ValueError) as error:
            raise VerifyError(f"can't be imported: {error}", element=f"--package {name}") from error
        if not (_is_client(tcp, BaseTCPClient) and _is_client(http, BaseHTTPClient)):
            raise VerifyError(
                "has no clients; expected amitypes or a package of `amitypes-codegen generate --xml`",
                element=f"--package {name}",
            )
        self.tcp = cast("type[BaseTCPClient]", tcp)
        self.http = cast("type[BaseHTTPClient]", http)

    @property
    def registry(self) -> Registry:
        """The registry of its classes."""
        return self.tcp.registry

    def classes(self, group: str) -> list[str]:
        """The names of its classes.

        Args:
            group: ``actions``, ``events`` or ``responses``.
        """
        by_name: Mapping[str, str] = import_module(f"{self.registry.package}.{group}").BY_NAME
        return list(by_name.values())

    def actions_of(self, branch: int) -> list[str]:
        """The names on the wire of the actions that a branch has, by their docstrings."""
        found = (self.registry.action_class(name) for name in import_module(f"{self.registry.package}.actions").BY_NAME)
        return [action.wire_name for action in found if action and branch in branches_of(action.__doc__ or "")]


def branches_of(docstring: str) -> frozenset[int]:
    """The branches in a generated docstring.

    Args:
        docstring: A docstring such as ``...Asterisk 16 to 23, since 12.0.0.`` or ``...Asterisk 20, 22 and 23.``

    Returns:
        The branches; of a range, all numbers in it.
    """
    found = next(_BRANCHES.finditer(_AFTER_NAME.split(docstring, maxsplit=1)[-1]), None)
    if found is None:
        return frozenset()
    first, last, middle, second = found.groups()
    if last:
        return frozenset(range(int(first), int(last) + 1))
    more = [int(number) for number in re.findall(r"\d+", middle or "")]
    return frozenset({int(first), *more, *([int(second)] if second else [])})


_AFTER_NAME: Final = re.compile(r"The (?:action|event) ``[^`]+``\. ")


def _is_client(found: object, base: type) -> bool:
    return isinstance(found, type) and issubclass(found, base)

"""The constructors of the clients say what the settings say."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from amitypes import HTTPClient, TCPClient
from amitypes._client.config import ClientConfig, HTTPConfig, TCPConfig
from tests.repository import constructors

CLIENTS = {"TCPConfig": (TCPClient, TCPConfig), "HTTPConfig": (HTTPClient, HTTPConfig)}


@pytest.mark.parametrize("config", constructors.CONSTRUCTORS)
def test_a_constructor_is_printed_from_the_settings(config: str) -> None:
    """If it is not, run ``python -m tests.repository.constructors``."""
    assert constructors.current(constructors.CONSTRUCTORS[config]) == constructors.printed(config)


@pytest.mark.parametrize("config", CLIENTS)
def test_a_signature_has_the_names_types_and_defaults_of_the_settings(config: str) -> None:
    client, settings = CLIENTS[config]
    parameters = inspect.signature(client).parameters
    assert {name: (each.annotation, each.default) for name, each in parameters.items()} == {
        each.name: (each.type, each.default) for each in fields(settings)
    }
    assert [name for name, each in parameters.items() if each.kind is not each.KEYWORD_ONLY] == ["host", "port"]


@pytest.mark.parametrize("config", CLIENTS)
def test_help_explains_each_setting(config: str) -> None:
    client, settings = CLIENTS[config]
    doc = inspect.getdoc(vars(client.__mro__[2])["__init__"]) or ""
    for each in fields(settings):
        assert f"\n    {each.name}: " in doc


def test_each_setting_is_documented_where_it_is_declared() -> None:
    for name in constructors.CONSTRUCTORS:
        ordered, _ = constructors.settings(name)
        assert {each.name for each in ordered} == {each.name for each in fields(CLIENTS[name][1])}


def test_the_settings_of_a_client_do_not_show_its_secrets() -> None:
    assert {each.name for each in fields(ClientConfig) if not each.repr} == {"password", "cert_passphrase"}

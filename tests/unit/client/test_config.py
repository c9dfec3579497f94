"""The settings of a client: what is refused, with which error, and that no secret is shown."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from amitypes import EventFilter, HTTPClient, Reconnect, TCPClient
from amitypes._client.base import BaseClient
from amitypes._client.config import HTTPConfig, TCPConfig
from amitypes._client.tcp import BaseTCPClient
from amitypes._protocol.response_shape import ResponseShape
from tests.unit.sample import REGISTRY

Kind = type[TCPClient | HTTPClient]
both = pytest.mark.parametrize("kind", [TCPClient, HTTPClient])


def make(kind: Kind, **settings: Any) -> TCPClient | HTTPClient:
    """Settings as an untyped program gives them."""
    return kind(**settings)


def test_the_default_port_depends_on_tls() -> None:
    assert TCPClient("pbx").port == 5038
    assert TCPClient("pbx", ssl_enabled=True).port == 5039
    assert TCPClient("pbx", 7, ssl_enabled=True).port == 7
    assert HTTPClient("pbx").port == 8088
    assert HTTPClient("pbx", ssl_enabled=True).port == 8089


def test_the_default_host_is_this_machine() -> None:
    assert TCPClient().host == "localhost"


def test_the_secret_is_sent_only_over_tls_by_default() -> None:
    assert TCPConfig().md5
    assert not TCPConfig(ssl_enabled=True).md5
    assert TCPConfig(ssl_enabled=True, auth="md5").md5
    assert not TCPConfig(auth="plain").md5


def test_reconnect_is_on_by_default() -> None:
    assert TCPConfig().reconnect_settings == Reconnect()
    assert TCPConfig(reconnect=Reconnect(give_up=1)).reconnect_settings == Reconnect(give_up=1)
    assert TCPConfig(reconnect=False).reconnect_settings is None
    assert TCPConfig(reconnect=None).reconnect_settings is None


@both
@pytest.mark.parametrize("wrong", [{"max_silense": 60}, {"user": "hello"}, {"client_name": "x"}])
def test_an_unknown_setting_is_a_type_error_that_names_the_client(kind: Kind, wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) .*unexpected keyword argument '{name}'"):
        make(kind, **wrong)


def test_a_setting_of_the_other_client_is_unknown() -> None:
    with pytest.raises(TypeError, match=r"^TCPClient.*'prefix'"):
        make(TCPClient, prefix="asterisk")
    with pytest.raises(TypeError, match=r"^HTTPClient.*'auth'"):
        make(HTTPClient, auth="md5")


@both
@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("host", None, "host must be str, not NoneType"),
        ("port", "5038", "port must be int or None, not str"),
        ("port", True, "port must be int or None, not bool"),
        ("username", 100, "username must be str or None, not int"),
        ("ssl_enabled", "yes", "ssl_enabled must be bool, not str"),
        ("cert_ca", 1, "cert_ca must be str or Path or bytes or None, not int"),
        ("ssl_context", object(), "ssl_context must be ssl.SSLContext or None, not object"),
        ("timeout", "5", "timeout must be float, not str"),
        ("timeout", None, "timeout must be float, not NoneType"),
        ("reply_timeout", True, "reply_timeout must be float, not bool"),
        ("events", 5, "events must be 'on', 'off' or an iterable of classes"),
        ("filters", EventFilter(match="x"), "filters must be a sequence of EventFilter"),
        ("filters", ["Hangup"], "filters must be a sequence of EventFilter"),
        ("reconnect", 5, "reconnect must be Reconnect or bool or None, not int"),
        ("max_silence", "60", "max_silence must be float or None, not str"),
        ("backlog", 10, "backlog must be Backlog or None, not int"),
        ("limits", {}, "limits must be Limits or None, not dict"),
    ],
)
def test_a_value_of_a_wrong_type_is_a_type_error_that_names_the_client(
    kind: Kind, setting: str, value: object, text: str
) -> None:
    with pytest.raises(TypeError) as caught:
        make(kind, **{setting: value})
    assert str(caught.value) == f"{kind.__name__}: {text}"


def test_an_int_is_a_number_of_seconds() -> None:
    assert TCPClient("pbx", timeout=5, reply_timeout=5, max_silence=5).state == "disconnected"


@both
@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_out_of_range_is_refused(kind: Kind, port: int) -> None:
    with pytest.raises(ValueError, match=str(port)):
        kind("pbx", port)


@both
@pytest.mark.parametrize("seconds", [0, -1])
def test_a_max_silence_of_no_seconds_is_refused(kind: Kind, seconds: float) -> None:
    with pytest.raises(ValueError, match="max_silence"):
        kind("pbx", max_silence=seconds)


def test_an_unknown_way_to_log_in_is_refused() -> None:
    with pytest.raises(ValueError, match="auth='sha'"):
        make(TCPClient, auth="sha")


@pytest.mark.parametrize("setting", [{"events": "on"}, {"filters": [EventFilter(match="x")]}])
def test_digest_goes_with_neither_events_nor_filters(setting: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="digest"):
        make(HTTPClient, digest=True, **setting)


@pytest.mark.parametrize("config", [TCPConfig, HTTPConfig])
def test_the_repr_of_the_settings_shows_no_secret(config: type[TCPConfig | HTTPConfig]) -> None:
    assert "hush" not in repr(config(password="hush", cert_passphrase="hush"))


@both
@pytest.mark.parametrize("secret", [b"hush", ["hush"]])
@pytest.mark.parametrize("setting", ["password", "cert_passphrase"])
def test_no_traceback_shows_a_secret_of_a_wrong_type(kind: Kind, setting: str, secret: object) -> None:
    with pytest.raises(TypeError, match=f"{kind.__name__}: {setting} must be str or None, not ") as caught:
        make(kind, **{setting: secret})
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    inside = [frame for frame in frames if frame.filename != __file__]
    assert inside
    assert "hush" not in str([frame.locals for frame in inside])


def test_the_client_of_a_generated_package_is_named_in_errors() -> None:
    class Client(BaseClient):
        registry = REGISTRY
        response_shapes: ClassVar[Mapping[str, ResponseShape]] = {}

    class TCPClient(Client, BaseTCPClient):
        pass

    kind: Any = TCPClient
    with pytest.raises(TypeError, match=r"^TCPClient\.__init__\(\) .*'max_silense'"):
        kind("pbx", max_silense=60)
    with pytest.raises(TypeError, match=r"^TCPClient: timeout must be float, not str"):
        kind("pbx", timeout="5")
    assert kind("pbx").port == 5038

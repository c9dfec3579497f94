"""XInclude: includes are resolved inside the document only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from amitypes_codegen.errors import IncludeError
from amitypes_codegen.reading import xinclude
from amitypes_codegen.specs.spec import Parameter
from lxml import etree

from tests.codegen.xml_documents import action, load, read

LOGIN = """<manager name="Login"><syntax>
    <parameter name="ActionID"/><parameter name="Username" required="true"/>
    <parameter name="AuthType"><enumlist><enum name="plain"/></enumlist>
        <para>First.</para><para>Second.</para></parameter>
</syntax></manager>"""


def include(path: str) -> str:
    return f'<xi:include xpointer="xpointer({path})"/>'


def of(name: str, path: str = "") -> str:
    return include(f"/docs/manager[@name='{name}']{path}")


def names(syntax: Iterable[Parameter]) -> list[str]:
    return [parameter.name for parameter in syntax]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/docs/manager[@name='Login']/syntax/parameter[@name='ActionID']", ["Before", "ActionID", "After"]),
        ("/docs/manager[@name='Login']/syntax/parameter", ["Before", "ActionID", "Username", "AuthType", "After"]),
        ("docs/manager[@name='Login']/syntax/parameter[2]", ["Before", "Username", "After"]),
        ("/docs/manager[@name='Login']/syntax/parameter[contains(@name, 'User')]", ["Before", "Username", "After"]),
        (" /docs/manager[ @name = 'Login' ]/*/parameter[1] ", ["Before", "ActionID", "After"]),
    ],
)
def test_included_parameters_replace_the_include(tmp_path: Path, path: str, expected: list[str]) -> None:
    syntax = f'<syntax><parameter name="Before"/>{include(path)}<parameter name="After"/></syntax>'
    assert names(action(tmp_path, syntax, others=LOGIN).syntax) == expected


def test_a_list_and_a_paragraph_can_be_included(tmp_path: Path) -> None:
    base = "/docs/manager[@name='Login']/syntax/parameter[@name='AuthType']"
    inner = include(f"{base}/enumlist") + include(f"{base}/para[2]")
    parameter = action(tmp_path, f'<syntax><parameter name="Mine">{inner}</parameter></syntax>', others=LOGIN).syntax[0]
    assert [value.name for value in parameter.values] == ["plain"]


def test_included_text_is_joined_with_the_text_around_it(tmp_path: Path) -> None:
    para = "<para>See: " + of("Login", "/syntax/parameter/para[1]/text()") + " End.</para>"
    source = load(tmp_path, f'<manager name="Do"><description><x/>{para}</description></manager>{LOGIN}')
    expanded = xinclude.Resolver(source).expand(source.tree.getroot()[0])
    assert expanded.findtext(".//para") == "See: First. End."


def test_included_elements_may_have_includes(tmp_path: Path) -> None:
    chain = ""
    for n in range(4):
        below = of(f"A{n + 1}", "/syntax/parameter/enumlist") if n < 3 else ""
        enumlist = f'<enumlist><enum name="v{n}">{below}</enum></enumlist>'
        chain += f'<manager name="A{n}"><syntax><parameter name="P">{enumlist}</parameter></syntax></manager>'
    value = read(tmp_path, chain).actions["A0"].syntax[0].values[0]
    assert value.name == "v0"
    assert [nested.name for nested in value.values] == ["v1"]
    assert value.values[0].values[0].values[0].name == "v3"


def test_an_xpointer_is_evaluated_before_includes_are_resolved(tmp_path: Path) -> None:
    inner = '<parameter name="Own"/>' + of("Login", "/syntax/parameter")
    middle = f'<manager name="Middle"><syntax>{inner}</syntax></manager>'
    syntax = "<syntax>" + of("Middle", "/syntax/parameter") + "</syntax>"
    assert names(action(tmp_path, syntax, others=middle + LOGIN).syntax) == ["Own"]


def test_the_document_is_not_changed(tmp_path: Path) -> None:
    syntax = "<syntax>" + of("Login", "/syntax/parameter") + "</syntax>"
    source = load(tmp_path, f'<manager name="Do">{syntax}</manager>{LOGIN}')
    before = etree.tostring(source.tree)
    xinclude.Resolver(source).expand(source.tree.getroot()[0])
    assert etree.tostring(source.tree) == before


def test_includes_outside_of_ami_may_select_nothing(tmp_path: Path) -> None:
    read(
        tmp_path, f"{LOGIN}<application name='App'><description>{include('/docs/nothing')}</description></application>"
    )


@pytest.mark.parametrize(
    ("element", "message"),
    [
        ('<xi:include href="http://127.0.0.1/other.xml"/>', "leaves the document"),
        ('<xi:include href="/etc/passwd" parse="text"/>', "leaves the document"),
        ('<xi:include href="" xpointer="xpointer(/docs/manager)"/>', "leaves the document"),
        ("<xi:include/>", "expected an empty element with only the attribute xpointer"),
        ('<xi:include xpointer="xpointer(/docs/manager)" parse="text"/>', "with only the attribute"),
        ('<xi:include xpointer="xpointer(/docs/manager)"><xi:fallback/></xi:include>', "expected an empty element"),
        (include("/docs/manager[@name='Missing']/syntax/parameter"), "selects nothing"),
        (include("/docs/manager[99]"), "selects nothing"),
        ('<xi:include xpointer="Login"/>', "isn't a supported path"),
        (include("document('file:///etc/passwd')"), "isn't a supported path"),
        (include("/docs/manager[count(//*) > 0]"), "isn't a supported path"),
        (include("//*[.//*[.//*]]"), "isn't a supported path"),
        (include("/docs/../docs"), "isn't a supported path"),
        (include("/docs/manager[@name=$x]"), "isn't a supported path"),
    ],
)
def test_unsupported_includes_are_refused(tmp_path: Path, element: str, message: str) -> None:
    body = f'<manager name="Do">\n<syntax>\n{element}\n</syntax></manager>{LOGIN}'
    with pytest.raises(IncludeError, match=message) as caught:
        read(tmp_path, body)
    assert caught.value.line == 6
    assert f"{tmp_path / 'core-en_US.xml'}:6: <xi:include>: " in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        '<manager name="A"><syntax>' + of("A", "/syntax") + "</syntax></manager>",
        f'<manager name="A"><syntax>{of("B")}</syntax></manager><manager name="B"><syntax>{of("A")}</syntax></manager>',
    ],
)
def test_an_include_of_itself_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(IncludeError, match=r"includes itself: /docs/manager.* -> /docs/manager"):
        read(tmp_path, body)


def test_a_long_chain_of_includes_is_refused(tmp_path: Path) -> None:
    links = (f'<manager name="A{n}"><syntax>{of(f"A{n + 1}", "/syntax/*")}</syntax></manager>' for n in range(400))
    with pytest.raises(IncludeError, match="is nested in more than 50 includes"):
        read(tmp_path, "".join(links) + LOGIN)


def test_an_include_of_another_document_beside_the_actions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IncludeError, match=r"core-en_US\.xml:\d+: <xi:include>: href='more\.xml' leaves"):
        read(tmp_path, f'{LOGIN}\n<xi:include href="more.xml"/>')


def test_includes_above_the_size_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xinclude, "MAX_INCLUDED", 1 << 20)
    body = '<manager name="A0"><syntax><parameter name="X"/></syntax></manager>'
    for n in range(30):
        parameter = '<parameter name="X">' + of(f"A{n}", "/syntax/parameter") * 4 + "</parameter>"
        body += f'<manager name="A{n + 1}"><syntax>{parameter}</syntax></manager>'
    with pytest.raises(IncludeError, match="add more than 1 MiB"):
        read(tmp_path, body)

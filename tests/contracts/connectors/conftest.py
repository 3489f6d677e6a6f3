"""Directories that the connector contract runs on: slapd in both shapes, StartTLS and LDAPS, and ldaptor."""

from collections.abc import Iterator

import pytest

from adapters.connectors.ldap import LdapConnector
from tests.support.slapd import Directory, directory

GROUNDS = (
    ("slapd", "mof", "starttls"),
    ("slapd", "mof", "ldaps"),
    ("slapd", "moe", "starttls"),
    ("slapd", "moe", "ldaps"),
    ("ldaptor", "mof", "ldaps"),
    ("ldaptor", "moe", "ldaps"),
)


@pytest.fixture(scope="session", params=GROUNDS, ids="-".join)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    kind, department, tls = request.param
    with directory(tmp_path_factory.mktemp("-".join(request.param)), department, kind=kind, tls=tls) as running:
        yield running


@pytest.fixture
def connector(ground: Directory) -> Iterator[LdapConnector]:
    opened = ground.connector()
    yield opened
    opened.close()

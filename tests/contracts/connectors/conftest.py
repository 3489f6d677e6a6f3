"""Directories that the connector contract runs on: slapd in both shapes, StartTLS and LDAPS, ldaptor; and one of each
vendor, OpenLDAP, 389 Directory Server and Samba's Active Directory, with the same people."""

import dataclasses
import importlib.util
import os
from collections.abc import Iterator

import pytest

from adapters.connectors.ldap import LdapConnector
from tests.support.ds389 import ds389
from tests.support.openldap import openldap
from tests.support.samba import samba, shared
from tests.support.slapd import Directory, directory
from tests.support.vendor_ground import Ground

GROUNDS = (
    ("slapd", "mof", "starttls"),
    ("slapd", "mof", "ldaps"),
    ("slapd", "moe", "starttls"),
    ("slapd", "moe", "ldaps"),
    ("ldaptor", "mof", "ldaps"),
    ("ldaptor", "moe", "ldaps"),
)
OPENLDAP = pytest.param("openldap", id="openldap")
DS389 = pytest.param("389ds", id="389ds")
AD = pytest.param("ad", id="ad", marks=pytest.mark.ci)  # a domain takes ten seconds to be made


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


@pytest.fixture(scope="session", params=(OPENLDAP, DS389, AD))
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One directory of each vendor for all tests: what a test changes it puts back."""
    folder = tmp_path_factory.mktemp(request.param)
    run = {"openldap": openldap, "389ds": ds389}.get(request.param)
    with run(folder) if run else samba(folder, shared(tmp_path_factory.getbasetemp())) as running:
        yield running


@pytest.fixture(params=["ldap3", "python-ldap"])
def vendor(request: pytest.FixtureRequest, served: Ground) -> Ground:
    """The same directory, by each library."""
    if request.param == "python-ldap" and importlib.util.find_spec("ldap") is None:
        missing = "needs python-ldap (gerege[fast-ldap]; packages gcc, libldap-dev, libsasl2-dev)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return dataclasses.replace(served, library=request.param)


@pytest.fixture
def reader(vendor: Ground) -> Iterator[LdapConnector]:
    opened = vendor.connector()
    yield opened
    opened.close()

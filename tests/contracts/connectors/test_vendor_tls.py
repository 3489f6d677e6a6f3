"""With whom each vendor's real server is spoken: its chain, its name, its key, and who we are to it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.connectors.ldap_tls import pin_of
from demo.directories.ca import ensure_ca
from idp.errors import Unavailable
from idp.model import PasswordState
from idp.secret import Secret
from tests.contracts.connectors.conftest import DS389, OPENLDAP
from tests.support.openldap import openldap
from tests.support.vendor_ground import PASSWORD, Ground

OTHERS = pytest.mark.parametrize("served", [OPENLDAP, DS389], indirect=True)
"""Samba asks for no client certificate, and has an address of its own with one name."""


def own_pin(vendor: Ground) -> str:
    name = {"openldap": "slapd", "389ds": "ds389", "ad": "samba"}[vendor.vendor]
    return pin_of(ssl.PEM_cert_to_DER_cert((vendor.ca_folder / f"{name}.pem").read_text()))


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_both_ways_of_tls(vendor: Ground, tls: str) -> None:
    url = vendor.ldap_url if tls == "starttls" else vendor.ldaps_url
    connector = vendor.connector(urls=(url,), starttls=tls == "starttls")
    entry = connector.find("alice")
    assert entry is not None
    assert connector.verify_password(entry, Secret(PASSWORD)) == PasswordState()
    connector.close()


@OTHERS
@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_a_certificate_for_another_name_is_refused(vendor: Ground, tls: str) -> None:
    port = vendor.ports[0 if tls == "starttls" else 1]
    scheme, starttls = ("ldap", True) if tls == "starttls" else ("ldaps", False)
    connector = vendor.connector(urls=(f"{scheme}://localhost:{port}",), starttls=starttls)
    with pytest.raises(Unavailable, match="for another name"):
        connector.find("alice")
    connector.close()


def test_a_certificate_of_another_ca_is_refused(vendor: Ground, tmp_path: Path) -> None:
    connector = vendor.connector(ca_file=ensure_ca(tmp_path, datetime.now(UTC)))
    with pytest.raises(Unavailable, match="did not sign the certificate"):
        connector.find("alice")
    connector.close()


def test_only_a_key_that_is_pinned_is_believed(vendor: Ground) -> None:
    right = own_pin(vendor)
    pinned = vendor.connector(pins=("sha256/" + "A" * 43 + "=", right))
    assert pinned.find("alice") is not None
    pinned.close()
    other = vendor.connector(pins=("sha256/" + "A" * 43 + "=",))
    with pytest.raises(Unavailable) as refused:
        other.find("alice")
    assert right in refused.value.detail  # what to write, if it was renewed
    other.close()


def test_the_end_of_its_certificate_is_known(tmp_path: Path) -> None:
    """`gerege doctor` warns thirty days ahead (tests/idp/cli)."""
    with openldap(tmp_path, life=timedelta(days=20)) as soon:
        ends = soon.connector().health().certificate_expires
        assert ends is not None and timedelta(days=19) < ends - datetime.now(UTC) < timedelta(days=21)


@OTHERS
def test_a_client_certificate_is_who_we_are(vendor: Ground) -> None:
    assert vendor.client_files is not None
    certificate, key = vendor.client_files
    connector = vendor.connector(
        client_certificate_file=certificate, client_key_file=key, bind_dn="", bind_password_file=None
    )
    entry = connector.find("alice")
    assert entry is not None and entry.groups
    assert connector.verify_password(entry, Secret(PASSWORD)) == PasswordState()
    assert connector.health().up
    connector.close()


@OTHERS
def test_somebody_elses_client_certificate_reads_nothing(vendor: Ground, tmp_path: Path) -> None:
    from tests.support.pki import issue

    certificate, key = issue(tmp_path, "gerege", client=True)  # the right name, signed by another CA
    connector = vendor.connector(
        client_certificate_file=certificate, client_key_file=key, bind_dn="", bind_password_file=None
    )
    with pytest.raises(Unavailable):
        connector.find("alice")
    connector.close()

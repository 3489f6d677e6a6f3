"""Where a proof says that it was sent: equal only for what HTTP would send to the same place."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidDpopProof
from idp.oidc import dpop
from tests.support.proofs import Key, proof

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = Key()
URL = "https://id.example/token"


def holds(htu: str, url: str = URL) -> bool:
    try:
        dpop.verify((proof(KEY, "POST", htu, NOW),), "POST", url, NOW)
    except InvalidDpopProof:
        return False
    return True


@given(st.text(max_size=30), st.text(max_size=30))
def test_query_and_fragment_never_count(query: str, fragment: str) -> None:
    assert holds(f"{URL}?{quote(query)}#{quote(fragment)}")


@given(st.text(max_size=20).filter(lambda text: not text.startswith(("?", "#", ":"))).filter(bool))
def test_what_is_added_to_the_path_or_the_host_counts(text: str) -> None:
    assert not holds(f"{URL}{text}")
    assert not holds(f"https://id.example{text}/token")


@pytest.mark.parametrize("port", ["", ":443", ":0443"])
def test_the_default_port_does_not_count(port: str) -> None:
    assert holds(f"https://ID.example{port}/token")
    assert not holds(f"http://id.example{port}/token")


def test_an_address_with_a_port_of_its_own() -> None:
    assert holds("http://localhost:8000/token", "http://localhost:8000/token")
    assert not holds("http://localhost/token", "http://localhost:8000/token")

"""Why an address is not a registered one: never another answer than the one that counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.flows.admin.app_draft import MALFORMED
from idp.oidc.redirect_difference import explain
from idp.oidc.redirects import is_registered, problem_of

REGISTERED = (
    "https://app.example/back",
    "http://127.0.0.1/back",
    "https://app.example/deep/er?x=1",
    "gov.example.app:/b",
)
ODD = ("http://x.example", "x:/", "https://", "https://a@b/", "*", "https://b/#", "https://*.b/", "https://[")


@pytest.mark.parametrize(
    ("uri", "accepted", "why", "nearest"),
    [
        ("https://app.example/back", True, "exact", "https://app.example/back"),
        ("http://127.0.0.1:4711/back", True, "port-free", "http://127.0.0.1/back"),
        ("https://app.example/back/", False, "slash", "https://app.example/back"),
        ("https://app.example/Back", False, "case", "https://app.example/back"),
        ("https://app.example/b%61ck", False, "spelling", "https://app.example/back"),
        ("https://app.example/other", False, "path", "https://app.example/back"),
        ("https://app.example:443/back", False, "port", "https://app.example/back"),
        ("https://APP.example/back", False, "spelling", "https://app.example/back"),
        ("https://app.example.evil.example/back", False, "host", "https://app.example/back"),
        ("https://app.example/back?x=1", False, "query", "https://app.example/back"),
        ("gov.example.app2:/b", False, "scheme", "gov.example.app:/b"),
        ("https://app.example/back#x", False, "malformed", "https://app.example/back"),
        ("https://app.example@evil.example/back", False, "malformed", "https://app.example/back"),
        ("", False, "malformed", None),
    ],
)
def test_the_first_difference_is_told(uri: str, accepted: bool, why: str, nearest: str | None) -> None:
    found = explain(uri, REGISTERED)
    assert (found.accepted, found.why) == (accepted, why)
    assert nearest is None or found.nearest == nearest


def test_nothing_is_registered() -> None:
    assert explain("https://app.example/", ()).why == "none-registered"


near = st.sampled_from(REGISTERED).flatmap(
    lambda uri: st.tuples(st.integers(0, len(uri)), st.integers(0, 2), st.text(max_size=4)).map(
        lambda cut: uri[: cut[0]] + cut[2] + uri[cut[0] + cut[1] :]
    )
)


@given(st.one_of(near, st.text(max_size=60)), st.lists(st.sampled_from(REGISTERED), max_size=4, unique=True))
def test_what_is_told_is_what_counts(uri: str, registered: list[str]) -> None:
    found = explain(uri, registered)
    assert found.accepted == is_registered(uri, registered)
    assert (found.why in ("exact", "port-free")) == found.accepted
    assert found.why != "malformed" or found.problem


@given(st.one_of(near, st.text(max_size=60), st.sampled_from(ODD)))
def test_every_problem_of_an_address_has_its_words(uri: str) -> None:
    problem = problem_of(uri)
    assert problem is None or problem in MALFORMED


@given(st.text(max_size=3000))
def test_long_ones_are_compared_in_bounded_time(uri: str) -> None:
    assert explain(uri * 20, REGISTERED).accepted is (uri * 20 in REGISTERED)

"""Front-channel logout: only the session's own applications are framed, and a page of theirs can do nothing here."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.oidc import logout_frontchannel
from tests.support.away import register
from tests.support.house import Browser, House, RelyingParty

SID = re.compile(r"^sid_[A-Za-z0-9_-]{22}$")


def visit(house: House, name: str, *apps: str) -> Browser:
    """Signed in to these applications."""
    app = house.app_of(house.person(name, "a password"))
    browser = Browser(house).sign_in(RelyingParty(house, apps[0]).start("openid"), name, "a password", app)
    for one in apps[1:]:
        browser.get(RelyingParty(house, one).start("openid"))
    return browser


@pytest.fixture(autouse=True)
def furnished(house: House) -> None:
    house.clock.move(minutes=1)
    for name, uri in (
        ("forum", "https://forum.example/out?tenant=7"),
        ("wiki", "https://wiki.example:8443/out"),
        ("quiet", None),
        ("elsewhere", "https://elsewhere.example/out"),
    ):
        register(
            house,
            name,
            first_party=True,
            frontchannel_logout_uri=uri,
            post_logout_redirect_uris=(f"https://{name}.example/bye",),
        )


def frames(browser: Browser) -> list[str]:
    return [unescape(one) for one in re.findall(r'<iframe[^>]* src="([^"]*)"', browser.page)]


def policy(browser: Browser) -> dict[str, str]:
    assert browser.last is not None
    listed = browser.last.headers["Content-Security-Policy"].split(";")
    return {name: rest for name, _, rest in (one.strip().partition(" ") for one in listed)}


def test_the_session_s_applications_are_asked_with_issuer_and_sid(house: House) -> None:
    browser = visit(house, "ada", "forum", "wiki", "quiet")
    sid = next(one.sid for one in house.idp.ports.truth.sessions.of(_subject(house, "ada"), house.clock()))
    browser.get("/logout").submit(do="confirm")
    forum, wiki = sorted(frames(browser))
    assert parse_qs(urlsplit(forum).query) == {"tenant": ["7"], "iss": ["https://id.example"], "sid": [sid]}
    assert urlsplit(wiki).netloc == "wiki.example:8443"
    assert SID.match(sid)
    assert policy(browser)["frame-src"] == "https://forum.example https://wiki.example:8443"
    assert "elsewhere.example" not in browser.page
    assert browser.page.count("was asked") == 2


def test_no_other_page_may_frame_anything(house: House) -> None:
    browser = visit(house, "bob", "forum")
    for path in ("/me", "/logout", "/signed-out", "/device"):
        assert "frame-src" not in policy(browser.get(path))
        assert policy(browser)["default-src"] == "'none'"
    browser.get("/logout").submit(do="confirm")
    assert policy(browser)["frame-ancestors"] == "'none'"
    assert policy(browser)["script-src"] == "'self'"
    again = browser.get("/logout")
    assert frames(again) == []
    assert "frame-src" not in policy(again)


def test_a_framed_page_cannot_lead_the_person_away(house: House) -> None:
    browser = visit(house, "cyd", "forum")
    browser.get("/logout").submit(do="confirm")
    (sandbox,) = re.findall(r'<iframe[^>]* sandbox="([^"]*)"', browser.page)
    assert set(sandbox.split()) == {"allow-scripts", "allow-same-origin"}
    assert 'referrerpolicy="no-referrer"' in browser.page


def test_the_way_back_waits_for_the_frames_and_goes_only_where_it_may(house: House) -> None:
    party, browser = RelyingParty(house, "forum"), visit(house, "dan", "forum", "wiki")
    answer = party.redeem(browser.get(party.start("openid")))
    hint = answer.json["id_token"]  # type: ignore[index]
    browser.get(f"/logout?id_token_hint={hint}&post_logout_redirect_uri=https://forum.example/bye&state=a%26b")
    assert len(frames(browser)) == 2
    assert browser.status == 200
    target = "https://forum.example/bye?state=a%26b"
    assert f'content="6;url={target}"' in browser.page
    assert f'href="{target}"' in browser.page


def test_an_address_that_no_header_could_name_is_not_framed(house: House) -> None:
    register(house, "odd", first_party=True, frontchannel_logout_uri="https://odd.example;script-src *@x/out")
    register(house, "script", first_party=True, frontchannel_logout_uri="javascript:alert(1)")
    browser = visit(house, "eve", "odd", "script", "forum")
    browser.get("/logout").submit(do="confirm")
    assert [urlsplit(one).netloc for one in frames(browser)] == ["forum.example"]
    assert policy(browser)["frame-src"] == "https://forum.example"


def test_a_disabled_application_is_not_framed(house: House) -> None:
    browser = visit(house, "fay", "forum", "wiki")
    register(house, "wiki", disabled=True, frontchannel_logout_uri="https://wiki.example:8443/out")
    browser.get("/logout").submit(do="confirm")
    assert [urlsplit(one).netloc for one in frames(browser)] == ["forum.example"]


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("https://a.example/x", "https://a.example"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("https://a.example;frame-src *", None),
        ("https://a.example 'unsafe-inline'", None),
        ("https://user:pass@a.example/x", None),
        ("data:text/html,x", None),
        ("//a.example/x", None),
        ("", None),
    ],
    ids=["plain", "loopback", "ipv6", "semicolon", "space", "user-info", "data", "no-scheme", "empty"],
)
def test_origins_for_the_header(uri: str, found: str | None) -> None:
    assert logout_frontchannel.origin(uri) == found


def test_the_address_keeps_its_query_and_loses_its_fragment() -> None:
    made = logout_frontchannel.address("https://a.example/x?y=1#z", "https://id.example", "s&d")
    assert made == "https://a.example/x?y=1&iss=https%3A%2F%2Fid.example&sid=s%26d"


def test_discovery_says_so(house: House) -> None:
    said = house.http().get("/.well-known/openid-configuration", base_url="https://id.example").json
    assert said is not None
    assert said["frontchannel_logout_supported"] is True
    assert said["frontchannel_logout_session_supported"] is True


def _subject(house: House, name: str) -> str:
    found = house.idp.ports.truth.people.find(name, "local")
    assert found is not None
    return found.id

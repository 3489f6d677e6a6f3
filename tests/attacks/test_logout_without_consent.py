"""Nobody is signed out, or sent anywhere, on the word of another site: RP-initiated logout over HTTP."""

import base64
import json
from collections.abc import Callable

import pytest

from tests.support.away import register, signed
from tests.support.house import Browser, House, RelyingParty
from tests.support.proofs import Key

BYE = "https://payroll.example/bye"
EVIL = "https://evil.example/"


class Visitor:
    """Somebody who is signed in to Payroll, and the hint that Payroll holds."""

    def __init__(self, house: House, name: str) -> None:
        house.clock.move(minutes=1)
        self.house, self.party = house, RelyingParty(house)
        app = house.app_of(house.person(name, "a password", roles=("payroll-clerk",)))
        self.browser = Browser(house).sign_in(self.party.start("openid"), name, "a password", app)
        answer = self.party.redeem(self.browser)
        self.hint: str = answer.json["id_token"]  # type: ignore[index]

    def leave(self, **asked: str) -> Browser:
        return self.browser.get("/logout?" + "&".join(f"{name}={value}" for name, value in asked.items()))

    @property
    def is_in(self) -> bool:
        """`prompt=none` says so to the application."""
        self.browser.get(self.party.start("openid", prompt="none"))
        return "code" in self.browser.query


def forged(make: Callable[[dict[str, object]], str]) -> Callable[[str], str]:
    def change(hint: str) -> str:
        body = hint.split(".")[1]
        return make(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))

    return change


def _text(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


HINTS: dict[str, Callable[[str], str]] = {
    "none": lambda hint: "",
    "rubbish": lambda hint: "x.y.z",
    "unsigned": forged(lambda said: f"{_text({'alg': 'none'})}.{_text(said)}."),
    "other-key": forged(lambda said: signed(Key(), said)),
    "other-key-with-jwk": forged(lambda said: signed(key := Key(), said, jwk=key.jwk)),
    "cut": lambda hint: hint[:-4],
    "other-alg": lambda hint: f"{_text({'alg': 'HS256'})}.{hint.partition('.')[2]}",
}


@pytest.mark.parametrize("change", list(HINTS.values()), ids=list(HINTS))
def test_a_hint_that_is_none_ends_nothing_and_leads_nowhere(
    house: House, change: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    me = Visitor(house, f"hint-{request.node.callspec.id}")
    page = me.leave(id_token_hint=change(me.hint), post_logout_redirect_uri=BYE)
    assert (page.status, page.path) == (200, "/logout")
    assert 'id="confirm-logout"' in page.page
    assert me.is_in
    me.leave(id_token_hint=change(me.hint), post_logout_redirect_uri=BYE).submit(do="confirm")
    assert "You are signed out" in me.browser.page
    assert BYE not in me.browser.page
    assert not me.is_in


ADDRESSES = {
    "foreign": EVIL,
    "query-added": f"{BYE}%3Ffoo=bar",
    "slash-added": f"{BYE}/",
    "fragment-added": f"{BYE}%23x",
    "other-path": "https://payroll.example/",
    "another-client-s": "https://docs.example/bye",
    "script": "javascript:alert(1)",
}


@pytest.mark.parametrize("uri", list(ADDRESSES.values()), ids=list(ADDRESSES))
def test_an_address_that_is_not_registered_is_never_gone_to(
    house: House, uri: str, request: pytest.FixtureRequest
) -> None:
    me = Visitor(house, f"uri-{request.node.callspec.id}")
    page = me.leave(id_token_hint=me.hint, post_logout_redirect_uri=uri)
    assert (page.status, page.path) == (200, "/logout")
    assert 'id="confirm-logout"' in page.page
    page.submit(do="confirm")
    assert (page.status, page.path) == (200, "/logout")
    assert "You are signed out" in page.page
    assert "evil.example" not in page.page
    assert "javascript:" not in page.page


def test_the_right_way_out_has_state_only_if_it_was_sent(house: House) -> None:
    me = Visitor(house, "right")
    assert me.leave(id_token_hint=me.hint, post_logout_redirect_uri=BYE).url == BYE
    assert not me.is_in
    assert me.browser.query == {"error": "login_required", "state": "state-1", "iss": "https://id.example"} | {
        name: value for name, value in me.browser.query.items() if name == "error_description"
    }
    other = Visitor(house, "right-state")
    state = "s" * 128
    assert (
        other.leave(id_token_hint=other.hint, post_logout_redirect_uri=BYE, state=state).url == f"{BYE}?state={state}"
    )


def test_no_parameters_at_all_ask_then_say_so(house: House) -> None:
    me = Visitor(house, "bare")
    assert 'id="confirm-logout"' in me.leave().page
    assert me.is_in
    me.leave().submit(do="stay")
    assert me.is_in
    me.leave().submit(do="confirm")
    assert "You are signed out" in me.browser.page
    assert not me.is_in


def test_another_site_s_form_is_only_a_wish(house: House) -> None:
    me = Visitor(house, "wish")
    for form in ({"do": "confirm"}, {"do": "confirm", "csrf": "0" * 64}):
        answer = me.browser.post("/logout", form, Origin="https://evil.example", Sec_Fetch_Site="cross-site")
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert 'id="confirm-logout"' in answer.get_data(as_text=True)
    assert me.is_in


def test_somebody_else_s_hint_does_not_end_my_session(house: House) -> None:
    """An attacker's own hint, put into a picture of some page: the victim is asked."""
    attacker, victim = Visitor(house, "attacker"), Visitor(house, "victim")
    page = victim.leave(id_token_hint=attacker.hint, post_logout_redirect_uri=BYE)
    assert 'id="confirm-logout"' in page.page
    assert victim.is_in
    assert attacker.is_in


def test_a_hint_of_an_earlier_session_does_not_end_this_one(house: House) -> None:
    me = Visitor(house, "again")
    old = me.hint
    me.leave(id_token_hint=old)
    house.clock.move(minutes=2)
    subject = house.idp.ports.truth.people.find("again", "local")
    assert subject is not None
    app = house.app_of(subject)
    me.browser.sign_in(me.party.start("openid"), "again", "a password", app)
    assert me.is_in
    assert 'id="confirm-logout"' in me.leave(id_token_hint=old).page
    assert me.is_in


def test_a_client_id_that_contradicts_the_hint_is_no_hint(house: House) -> None:
    me = Visitor(house, "contradiction")
    page = me.leave(id_token_hint=me.hint, client_id="docs", post_logout_redirect_uri=BYE)
    assert 'id="confirm-logout"' in page.page
    assert me.is_in


def test_parameters_sent_twice_are_no_hint(house: House) -> None:
    me = Visitor(house, "twice")
    url = f"/logout?id_token_hint={me.hint}&post_logout_redirect_uri={BYE}&post_logout_redirect_uri={EVIL}"
    assert 'id="confirm-logout"' in me.browser.get(url).page
    assert me.is_in


def test_a_disabled_application_cannot_sign_people_out(house: House) -> None:
    register(house, "closing", first_party=True, post_logout_redirect_uris=("https://closing.example/bye",))
    me = Visitor(house, "closing-time")
    party = RelyingParty(house, "closing")
    answer = party.redeem(me.browser.get(party.start("openid")))
    hint = answer.json["id_token"]  # type: ignore[index]
    register(house, "closing", disabled=True, post_logout_redirect_uris=("https://closing.example/bye",))
    page = me.leave(id_token_hint=hint, post_logout_redirect_uri="https://closing.example/bye")
    assert 'id="confirm-logout"' in page.page
    assert me.is_in

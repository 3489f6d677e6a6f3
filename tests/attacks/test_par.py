"""A pushed request is its client's, for a minute, for one sign-in, and nothing beside it counts. Spec: RFC 9126."""

from urllib.parse import urlencode

import pytest

from idp.flows.context import hash_of
from idp.flows.push import LONGEST_ADDRESS, OPEN_BURST, OPEN_EVERY, Pace
from idp.model import PushedRequest
from tests.support.applications import CALLBACK, Application, application, bank
from tests.support.browser import ISSUER, Browser
from tests.support.house import House
from tests.support.proofs import Key, proof


def person(house: House, name: str, app: Application) -> Browser:
    """Signed in, and agreed to this application before."""
    totp = house.app_of(house.person(name, "a password", roles=("docs-editor",)))
    browser = Browser(house).sign_in(app.link(app.push()), name, "a password", totp)
    if browser.path == "/consent":
        browser.submit(do="allow")
    assert "code" in browser.query, browser.page
    return browser


def test_a_pushed_request_leads_to_a_code_and_is_then_over(house: House) -> None:
    app = bank(house)
    pushed = app.push()
    assert pushed.status_code == 201 and pushed.headers["Cache-Control"] == "no-store"
    said = pushed.json
    assert said is not None and said.keys() == {"request_uri", "expires_in"} and 5 <= said["expires_in"] <= 90
    assert said["request_uri"].startswith("urn:ietf:params:oauth:request_uri:") and len(said["request_uri"]) > 70
    totp = house.app_of(house.person("once", "a password"))
    browser = Browser(house).sign_in(app.link(pushed), "once", "a password", totp)
    browser.submit(do="allow")
    assert browser.query["state"] == "state-1" and browser.query["iss"] == ISSUER and "code" in browser.query
    again = browser.get(app.link(pushed))
    assert again.status == 410 and again.last is not None and "Location" not in again.last.headers


def test_the_link_may_be_opened_twice_before_the_sign_in_is_over_and_completes_once(house: House) -> None:
    app = bank(house)
    totp = house.app_of(house.person("twice", "a password"))
    link = app.link(app.push())
    first, second = Browser(house).get(link), Browser(house).get(link)
    assert first.path == second.path == "/sign-in"
    for browser, expected in ((first, "code"), (second, "error")):
        house.clock.move(seconds=35)  # the request_uri is over meanwhile; the sign-ins that it began are not
        browser.submit(username="twice@local.example").submit(password="a password")
        browser.submit(code=totp.at(house.clock()))
        if browser.path == "/consent":
            browser.submit(do="allow")
        assert expected in browser.query, browser.page
    assert second.query["error"] == "invalid_request_uri"


def test_a_silent_second_use_is_refused(house: House) -> None:
    app = bank(house)
    browser = person(house, "silent", app)
    pushed = app.push()
    assert "code" in browser.get(app.link(pushed)).query
    assert browser.get(app.link(pushed)).status == 410


def test_it_ends_when_it_said(house: House) -> None:
    app = bank(house)
    pushed = app.push()
    house.clock.move(seconds=pushed.json["expires_in"])  # type: ignore[index]
    assert Browser(house).get(app.link(pushed)).status == 410


def test_it_is_nobody_elses(house: House) -> None:
    app, other = bank(house), bank(house, "bank2")
    pushed = app.push()
    uri = pushed.json["request_uri"]  # type: ignore[index]
    stolen = "/authorize?" + urlencode({"client_id": other.client_id, "request_uri": uri})
    for url in (stolen, stolen + "&redirect_uri=" + CALLBACK, f"/authorize?request_uri={uri}"):
        browser = Browser(house).get(url)
        assert browser.status in (400, 410) and browser.last is not None and "Location" not in browser.last.headers
    assert Browser(house).get(app.link(pushed)).path == "/sign-in"


def test_what_stands_beside_it_does_not_count(house: House) -> None:
    app = application(house)
    browser = person(house, "beside", app)
    beside = {
        "scope": "openid docs.write email",
        "redirect_uri": "https://evil.example/",
        "state": "other",
        "prompt": "login",
        "nonce": "other",
        "response_mode": "form_post",
        "code_challenge": "x" * 43,
        "request": "eyJhbGciOiJub25lIn0.e30.",
    }
    browser.get(app.link(app.push(), **beside))
    assert browser.url.startswith(f"{CALLBACK}?code=") and browser.query["state"] == "state-1"
    assert app.id_token(browser)["nonce"] == "nonce-1"


@pytest.mark.parametrize(
    "made_up", ["", "x", "urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:x"]
)
def test_an_invented_name_opens_nothing(house: House, made_up: str) -> None:
    bank(house)
    browser = Browser(house).get("/authorize?" + urlencode({"client_id": "bank", "request_uri": made_up}))
    assert browser.status in (400, 410) or browser.query["error"].startswith(("invalid_request", "request_uri"))


def test_who_must_push_cannot_ask_without(house: House) -> None:
    app, own = bank(house), application(house, "pusher", require_pushed_authorization_requests=True)
    for one in (app, own):
        for url in (one.url(), one.by_object(one.signed(), **one.parameters())):
            browser = Browser(house).get(url)
            assert browser.query["error"] == "invalid_request" and browser.query["iss"] == ISSUER
        assert one.push().status_code == 201


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request_uri": "https://partner.example/r"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "?x=1"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "fragment.jwt"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"resource": "urn:example:payroll"}, "invalid_target"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"claims": "[]"}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"client_id": "docs"}, "invalid_request"),
        ({"request": "x"}, "invalid_request_object"),
        ({"state": "s" * 3000}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_told_when_it_is_pushed(house: House, more: dict[str, str | None], error: str) -> None:
    reply = application(house).push(**more)
    assert (reply.status_code, reply.json["error"]) == (400, error), reply.json  # type: ignore[index]
    assert reply.headers["Content-Type"] == "application/json" and "Location" not in reply.headers


def test_the_strict_profile_always_names_its_address(house: House) -> None:
    alone = {"redirect_uri": None, "scope": "docs.read"}
    assert application(house).push(**alone).status_code == 201  # RFC 6749 §3.1.2.3: the only one that is registered
    reply = bank(house).push(**alone)
    assert (reply.status_code, reply.json["error"]) == (400, "invalid_request")  # type: ignore[index]


def test_only_who_it_is_may_push(house: House) -> None:
    app = application(house)
    form = app.parameters()
    for call in (
        app.http.post("/par", base_url=ISSUER, data=form),
        app.http.post("/par", base_url=ISSUER, data=form, auth=("partner", "wrong")),
        app.http.post("/par", base_url=ISSUER, data=form | {"client_id": "nobody"}, auth=("nobody", "x")),
        app.http.post("/par", base_url=ISSUER, data=form | {"client_secret": "wrong"}),
    ):
        assert (call.status_code, call.json["error"]) == (401, "invalid_client")  # type: ignore[index]
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert app.http.open("/par", method=method, base_url=ISSUER).status_code == 405
    assert app.http.post("/par?" + urlencode(form), base_url=ISSUER, auth=("partner", "s" * 64)).status_code == 400


def test_nothing_twice_and_no_credentials_are_kept(house: House) -> None:
    app = application(house)
    app.change(auth_method="client_secret_post")
    form = app.parameters() | {"client_secret": "s" * 64}
    twice = urlencode(form) + "&scope=openid"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert app.http.post("/par", base_url=ISSUER, data=twice, headers=kind).status_code == 400
    pushed = app.http.post("/par", base_url=ISSUER, data=form)
    kept = house.idp.ports.brief.kept(PushedRequest, hash_of(pushed.json["request_uri"]))  # type: ignore[index]
    assert kept is not None and "s" * 64 not in str(kept) and dict(kept.parameters)["state"] == "state-1"


def test_the_key_that_is_proved_binds_the_code(house: House) -> None:
    app, key = application(house), Key("ES256")
    made = {"DPoP": proof(key, "POST", f"{ISSUER}/par", house.clock())}
    pushed = app.push(made)
    kept = house.idp.ports.brief.kept(PushedRequest, hash_of(pushed.json["request_uri"]))  # type: ignore[index]
    assert kept is not None and kept.dpop_jkt == key.thumbprint
    again = {"DPoP": proof(key, "POST", f"{ISSUER}/par", house.clock())}
    assert app.push(again, dpop_jkt=key.thumbprint).status_code == 201
    again = {"DPoP": proof(key, "POST", f"{ISSUER}/par", house.clock())}
    reply = app.push(again, dpop_jkt=Key("ES256").thumbprint)
    assert (reply.status_code, reply.json["error"]) == (400, "invalid_request")  # type: ignore[index]
    browser = person(house, "bound", app)
    browser.get(app.link(pushed))
    reply = app.redeem(browser)  # without the key
    assert reply.status_code == 400, reply.json


def test_saying_no_spends_it(house: House) -> None:
    app = application(house)
    browser = person(house, "refuser", app)
    pushed = app.push(prompt="consent")
    assert browser.get(app.link(pushed)).submit(do="deny").query["error"] == "access_denied"
    assert browser.get(app.link(pushed)).status == 410


def test_a_stranger_cannot_fill_the_store_in_the_name_of_a_public_application(house: House) -> None:
    app, now, pace = application(house, "page", auth_method="none"), house.clock(), Pace(most=3)
    for _ in range(OPEN_BURST):
        pace.take("page here", OPEN_BURST, OPEN_EVERY, now)
    with pytest.raises(Exception, match="too fast") as found:
        pace.take("page here", OPEN_BURST, OPEN_EVERY, now)
    assert found.value.status == 429  # type: ignore[attr-defined]
    pace.take("page elsewhere", OPEN_BURST, OPEN_EVERY, now)
    assert app.push().status_code == 201


def test_a_long_question_may_be_posted_and_waits_for_the_browser(house: House) -> None:
    app = application(house, "wordy")
    long = dict.fromkeys(("state", "nonce", "login_hint"), "s" * 1900)
    asked = app.parameters(**long)
    browser = Browser(house)
    sent = browser.post("/authorize", asked)
    where = sent.headers["Location"]
    assert sent.status_code == 303 and len(where) < LONGEST_ADDRESS and "request_uri=" in where
    assert browser.get(where).path == "/sign-in"


def test_a_posted_question_is_not_a_pushed_one(house: House) -> None:
    app = bank(house)
    browser = Browser(house)
    sent = browser.post("/authorize", app.parameters(state="s" * 2000, nonce="n" * 2000))
    assert "request_uri=" in sent.headers["Location"]
    answer = browser.get(sent.headers["Location"])
    assert answer.query["error"] == "invalid_request", "this client must push"

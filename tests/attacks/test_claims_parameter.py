"""Single claims are given to who may have them, after the person saw them; an acr that is essential is kept to."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.errors import OAuthError
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, Client, Text
from idp.oidc import claims_request
from tests.support.applications import CALLBACK, Application, application
from tests.support.browser import ISSUER, Browser
from tests.support.house import House

SCOPE = "openid docs.read"


def asked(**members: Any) -> str:
    return json.dumps(members)


def signed_in(house: House, name: str, app: Application, **more: str) -> Browser:
    totp = house.app_of(house.person(name, "a password"))
    return Browser(house).sign_in(app.url(**({"scope": SCOPE} | more)), name, "a password", totp)


def userinfo(house: House, app: Application, browser: Browser) -> dict[str, Any]:
    answer = app.redeem(browser, resource=ISSUER)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    token = answer.json["access_token"]  # type: ignore[index]
    return app.http.get("/userinfo", base_url=ISSUER, headers={"Authorization": f"Bearer {token}"}).json  # type: ignore[return-value]


def test_a_claim_is_shown_agreed_to_and_given_where_it_was_asked(house: House) -> None:
    app = application(house)
    wanted = asked(userinfo={"email": {"essential": True}, "phone_number": None}, id_token={"name": None})
    browser = signed_in(house, "named", app, claims=wanted)
    assert browser.path == "/consent" and "named@local.example" in browser.page and "Named" in browser.page
    browser.submit(do="allow")
    said = app.id_token(browser)
    assert said["name"] == "Named" and "email" not in said
    browser.get(app.url(scope=SCOPE, claims=wanted))  # agreed before: nobody is asked again
    assert userinfo(house, app, browser) == {"sub": said["sub"], "email": "named@local.example"}
    browser.get(app.url(scope=SCOPE, claims=asked(id_token={"email": None, "name": None})))
    assert app.id_token(browser)["email"] == "named@local.example"
    browser.get(app.url(scope=SCOPE, claims=asked(userinfo={"locale": None})))
    assert browser.path == "/consent"  # one more than was agreed to


def test_what_the_application_may_not_have_is_passed_over(house: House) -> None:
    app = application(house, scopes=("openid", "docs.read"))
    wanted = asked(userinfo={"email": {"essential": True}, "name": None, "roles": None}, id_token={"sid": None})
    browser = signed_in(house, "quietly", app, claims=wanted)
    assert "quietly@" not in browser.page.split("<main", 1)[1]
    browser.submit(do="allow")
    assert userinfo(house, app, browser).keys() == {"sub"}


def test_the_protocol_s_own_claims_cannot_be_asked_away(house: House) -> None:
    app = application(house)
    names = ("iss", "aud", "exp", "nonce", "at_hash", "amr", "azp", "sid")
    wanted = asked(id_token={name: {"essential": True, "value": "evil"} for name in names})
    browser = signed_in(house, "own", app, claims=wanted).submit(do="allow")
    said = app.id_token(browser)
    assert (said["iss"], said["aud"], said["nonce"]) == (ISSUER, "partner", "nonce-1")


def test_only_the_person_that_is_meant(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "meant2", app).submit(do="allow")
    mine = app.id_token(browser)["sub"]
    for member in ("id_token", "userinfo"):
        browser.get(app.url(scope=SCOPE, claims=asked(**{member: {"sub": {"value": mine}}}), prompt="none"))
        assert "code" in browser.query
        browser.get(app.url(scope=SCOPE, claims=asked(**{member: {"sub": {"value": "sub_other"}}}), prompt="none"))
        assert browser.query["error"] == "login_required"
    two = asked(id_token={"sub": {"value": mine}}, userinfo={"sub": {"value": "sub_other"}})
    assert browser.get(app.url(scope=SCOPE, claims=two)).query["error"] == "invalid_request"


def test_an_essential_acr_is_reached_or_the_request_fails(house: House) -> None:
    app = application(house)
    need = asked(id_token={"acr": {"essential": True, "values": [AAL2]}})
    browser = signed_in(house, "reacher", app, claims=need)
    assert browser.path == "/consent"
    browser.submit(do="allow")
    assert app.id_token(browser)["acr"] == AAL2
    weaker = asked(id_token={"acr": {"essential": True, "value": AAL1}})
    browser.get(app.url(scope=SCOPE, claims=weaker, prompt="none"))
    assert app.id_token(browser)["acr"] == AAL1  # one of the values that were asked, and more than reached
    stronger = asked(id_token={"acr": {"essential": True, "value": AAL3}})
    browser.get(app.url(scope=SCOPE, claims=stronger, prompt="none"))
    assert browser.query["error"] == "unmet_authentication_requirements"
    browser.get(app.url(scope=SCOPE, claims=stronger))
    assert browser.query["error"] == "unmet_authentication_requirements"
    middle = asked(id_token={"acr": {"essential": True, "value": AAL2_PHR}})
    assert browser.get(app.url(scope=SCOPE, claims=middle, prompt="none")).query["error"] == "interaction_required"
    assert browser.get(app.url(scope=SCOPE, claims=middle)).path == "/sign-in/enrol"
    unknown = asked(id_token={"acr": {"essential": True, "values": ["urn:x", "5"]}})
    assert browser.get(app.url(scope=SCOPE, claims=unknown)).query["error"] == "unmet_authentication_requirements"
    welcome = asked(id_token={"acr": {"values": ["urn:x", "5"]}})
    assert "code" in browser.get(app.url(scope=SCOPE, claims=welcome)).query


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"x"',
        "null",
        '{"userinfo": []}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": "x"}}',
        '{"id_token": {"name": {"essential": "yes"}}}',
        '{"id_token": {"name": {"values": "x"}}}',
        '{"id_token": {"name": null, "name": null}}',
        '{"userinfo": ' + '{"x": ' * 40 + "1" + "}" * 41,
        '{"userinfo": {' + ",".join(f'"c{n}": null' for n in range(60)) + "}}",
        '{"x": "' + "x" * 9000 + '"}',
        "\ud800",
    ],
    ids=range(14),
)
def test_what_is_not_well_said_is_refused(house: House, text: str) -> None:
    app = application(house)
    url = app.url(claims=text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    browser = Browser(house).get(url)
    assert browser.url.startswith(CALLBACK) and browser.query["error"] == "invalid_request"


def test_unknown_members_are_ignored(house: House) -> None:
    app = application(house)
    wanted = asked(verified={"x": 1}, userinfo={"name": {"purpose": "x", "value": 5}}, id_token={})
    assert Browser(house).get(app.url(claims=wanted)).path == "/sign-in"


NAMES = st.sampled_from(["userinfo", "id_token", "name", "email", "sub", "acr", "essential", "value", "values"])
TREES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=4),
    max_leaves=12,
)
CLIENT = Client("c", Text("C", "C"), "d", (CALLBACK,))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | TREES.map(json.dumps))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        found = claims_request.read(text, CLIENT)
    except OAuthError as error:
        assert error.code in ("invalid_request", "unmet_authentication_requirements")
    else:
        assert all(name in ("name", "locale") or "#" in name for claims in found.named.values() for name in claims)

"""Authorization details are what their schema says, shown as they are, given as they were shown. Spec: RFC 9396."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.errors import InvalidAuthorizationDetails
from idp.model import Resource, Text
from idp.oidc import details as rules
from tests.support.applications import DOCS, HANDOVER, TRANSFER, Application, application, details
from tests.support.browser import Browser
from tests.support.house import House
from tests.support.tokens import claims_of

SCOPE = "openid docs.read"
TYPES = {"transfer": (Resource(DOCS, Text("Docs", "文档"), ()), TRANSFER)}


def signed_in(house: House, name: str, app: Application, **more: str) -> Browser:
    """An editor, who may hand documents over."""
    totp = house.app_of(house.person(name, "a password", roles=("docs-editor",)))
    return Browser(house).sign_in(app.url(**({"scope": SCOPE} | more)), name, "a password", totp)


def test_what_is_shown_is_what_is_given(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "editor", app, authorization_details=details(HANDOVER))
    assert browser.path == "/consent"
    for text in ("Hand a document over", "财预〔2026〕17号", "Copies", ">2<", "Urgent", ">yes<", "sign"):
        assert text in browser.page, text
    browser.submit(do="allow")
    answer = app.redeem(browser).json
    assert answer is not None and answer["authorization_details"] == [HANDOVER]
    said = claims_of(answer["access_token"])
    assert said["authorization_details"] == [HANDOVER] and said["aud"] == DOCS and said["grade"] == 2
    assert "docs.write" not in said["scope"].split()  # the exact thing, not the whole permission
    told = app.call("/introspect", {"token": answer["access_token"]}).json
    assert told is not None and told["active"] and told["authorization_details"] == [HANDOVER]


def test_they_are_asked_each_time_and_never_given_silently(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "each", app, authorization_details=details(HANDOVER)).submit(do="allow")
    assert "code" in browser.query
    browser.get(app.url(scope=SCOPE, authorization_details=details(HANDOVER), prompt="none"))
    assert browser.query["error"] == "consent_required"
    assert browser.get(app.url(scope=SCOPE, authorization_details=details(HANDOVER))).path == "/consent"
    assert browser.submit(do="deny").query["error"] == "access_denied"
    assert "code" in browser.get(app.url(scope=SCOPE, prompt="none")).query


def test_who_may_not_do_it_gives_nobody_the_right_to(house: House) -> None:
    app = application(house)
    totp = house.app_of(house.person("reader", "a password"))
    url = app.url(scope=SCOPE, authorization_details=details(HANDOVER))
    browser = Browser(house).sign_in(url, "reader", "a password", totp).submit(do="allow")
    answer = app.redeem(browser).json
    assert answer is not None and "authorization_details" not in answer
    assert "authorization_details" not in claims_of(answer["access_token"])


def test_a_right_that_was_taken_is_missed_at_the_next_refresh_and_by_introspection(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "loser", app, authorization_details=details(HANDOVER)).submit(do="allow")
    answer = app.redeem(browser).json
    assert answer is not None
    app.change(authorization_details_types=())
    told = app.call("/introspect", {"token": answer["access_token"]}).json
    assert told is not None and told["active"] and "authorization_details" not in told
    again = app.call("/token", {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}).json
    assert again is not None and "authorization_details" not in again


def test_a_token_request_may_ask_for_less_and_never_for_more(house: House) -> None:
    app, other = application(house), HANDOVER | {"document": "另一份"}
    browser = signed_in(house, "less", app, authorization_details=details(HANDOVER, other)).submit(do="allow")
    first = app.redeem(browser).json
    assert first is not None and first["authorization_details"] == [HANDOVER, other]
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    less = app.call("/token", form | {"authorization_details": details(other)}).json
    assert less is not None and less["authorization_details"] == [other]
    assert claims_of(less["access_token"])["authorization_details"] == [other]
    for more in (HANDOVER | {"copies": 3}, {"type": "transfer", "document": "财预〔2026〕17号"}):
        reply = app.call("/token", form | {"authorization_details": details(more)})
        assert (reply.status_code, reply.json["error"]) == (400, "invalid_authorization_details")  # type: ignore[index]
    plain = signed_in(house, "plain", app).submit(do="allow")
    reply = app.redeem(plain, authorization_details=details(HANDOVER))
    assert reply.json["error"] == "invalid_authorization_details"  # type: ignore[index]


def test_a_userinfo_token_carries_none(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "info", app, authorization_details=details(HANDOVER)).submit(do="allow")
    answer = app.redeem(browser, resource="https://id.example").json
    assert answer is not None and "authorization_details" not in claims_of(answer["access_token"])


def test_details_may_stand_alone_and_belong_to_one_api(house: House) -> None:
    app = application(house)
    browser = signed_in(house, "alone", app, scope="", authorization_details=details(HANDOVER))
    assert browser.path == "/consent"
    browser.submit(do="allow")
    answer = app.redeem(browser).json
    assert answer is not None and "id_token" not in answer and answer["authorization_details"] == [HANDOVER]
    app.change(audiences=(DOCS, "urn:example:payroll"), scopes=("openid", "docs.read", "payroll.read"))
    browser.get(app.url(scope="payroll.read", authorization_details=details(HANDOVER)))
    assert browser.query["error"] == "invalid_target"
    browser.get(app.url(resource="urn:example:payroll", scope="openid", authorization_details=details(HANDOVER)))
    assert browser.query["error"] == "invalid_target"


def test_a_house_application_is_not_asked_for_but_policy_still_decides(house: House) -> None:
    app = application(house, first_party=True)
    browser = signed_in(house, "inhouse", app, authorization_details=details(HANDOVER))
    answer = app.redeem(browser).json
    assert answer is not None and answer["authorization_details"] == [HANDOVER]


WRONG: list[Any] = [
    {},
    [],
    "x",
    [[]],
    [{}],
    [{"type": "payment"}],
    [{"type": ["transfer"]}],
    [{"type": "transfer"}],
    [HANDOVER | {"amount": 5}],
    [HANDOVER | {"locations": ["https://x.example"]}],
    [HANDOVER | {"document": 17}],
    [HANDOVER | {"document": ""}],
    [HANDOVER | {"document": "x" * 501}],
    [HANDOVER | {"document": "a\u202eb"}],
    [HANDOVER | {"document": "a\u200bb"}],
    [HANDOVER | {"document": "a\nb"}],
    [HANDOVER | {"document": None}],
    [HANDOVER | {"copies": "2"}],
    [HANDOVER | {"copies": True}],
    [HANDOVER | {"copies": 10**20}],
    [HANDOVER | {"urgent": 1}],
    [HANDOVER | {"actions": ["delete"]}],
    [HANDOVER | {"actions": []}],
    [HANDOVER | {"actions": "sign"}],
    [HANDOVER | {"receiver": []}],
    [HANDOVER | {"receiver": {"a": {"b": {"c": {"d": "e"}}}}}],
    [HANDOVER, {"type": "payment"}],
    [HANDOVER] * 11,
]


@pytest.mark.parametrize("listed", WRONG, ids=range(len(WRONG)))
def test_what_the_schema_does_not_say_is_refused(house: House, listed: Any) -> None:
    app = application(house)
    text = json.dumps(listed)
    browser = Browser(house).get(app.url(authorization_details=text))
    assert browser.query["error"] == "invalid_authorization_details"
    assert app.push(authorization_details=text).json["error"] == "invalid_authorization_details"  # type: ignore[index]


@pytest.mark.parametrize("text", ["{", "nul", '[{"type":"transfer","type":"transfer"}]', '[1],"more":[2]', "[NaN]"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidAuthorizationDetails):
        rules.read(text, TYPES)


def test_a_type_that_is_not_registered_for_the_client(house: House) -> None:
    app = application(house, authorization_details_types=())
    browser = Browser(house).get(app.url(authorization_details=details(HANDOVER)))
    assert browser.query["error"] == "invalid_authorization_details"
    app.change(authorization_details_types=("transfer",), audiences=())
    browser = Browser(house).get(app.url(scope="openid", authorization_details=details(HANDOVER)))
    assert browser.query["error"] == "invalid_authorization_details"


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TREES = st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(st.text(max_size=5), one), max_leaves=10)
FIELDS = st.sampled_from(["type", "document", "copies", "urgent", "actions", "receiver", "x"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.dictionaries(FIELDS, TREES | st.just("transfer")), max_size=3).map(json.dumps) | st.text(max_size=99)
)
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        found = rules.read(text, TYPES)
    except InvalidAuthorizationDetails:
        return
    names = {field.name for field in TRANSFER.fields} | {"type"}
    assert found and all(one.keys() <= names and isinstance(one["document"], str) for one in found)

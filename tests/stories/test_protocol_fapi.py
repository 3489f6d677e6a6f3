"""A client of the `fapi2` profile on the running server, doing right and wrong.

Spec: FAPI 2.0 Security Profile §5.3.2, RFC 9126, RFC 9449, RFC 7523, RFC 9101.
"""

import secrets
import time
import uuid
from typing import Any

import pytest

from tests.support.browser import ISSUER, VERIFIER, Browser
from tests.support.conformance import Dpop, Person, Suite, claims_of
from tests.support.proofs import Key, asserted, assertion, without_none

Held = tuple[Dpop, dict[str, Any], Person]
ASIDE = "00000000-0000-4000-8000-000000000000"


def pushed(protocol: Suite, person: Person, **more: str | None) -> Browser:
    bank = protocol["bank"]
    return person.visit(bank.link(bank.push(**more)))


def bound(protocol: Suite, name: str) -> Held:
    """Somebody's tokens, bound to a key."""
    dpop, person = Dpop(protocol), protocol.person(name)
    answer = dpop.redeem(protocol["bank"], pushed(protocol, person, scope="openid profile email"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dpop, answer.json or {}, person


@pytest.fixture(scope="module")
def held(protocol: Suite) -> Held:
    """One person's tokens for all who only ask."""
    return bound(protocol, "shared")


def test_the_whole_way(protocol: Suite) -> None:
    dpop, tokens, _ = bound(protocol, "fapi")
    assert tokens["token_type"] == "DPoP" and dpop.nonce is not None
    for scheme in ("DPoP", "dpop", "dPoP"):
        answer = dpop.userinfo(tokens["access_token"], scheme)
        assert (answer.status_code, (answer.json or {})["sub"]) == (200, claims_of(tokens["id_token"])["sub"])
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for _ in range(2):  # the same one again succeeds: a client that lost our answer tries again
        again = dpop.call(protocol["bank"], "/token", form)
        assert (again.status_code, (again.json or {})["token_type"]) == (200, "DPoP")


def test_a_nonce_is_asked_for_and_one_more_try_is_enough(protocol: Suite) -> None:
    dpop, person, bank = Dpop(protocol), protocol.person("noncing"), protocol["bank"]
    browser = pushed(protocol, person)
    form = {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": VERIFIER}
    form["redirect_uri"] = bank.client.redirect_uris[0]
    first = bank.call("/token", form, {"DPoP": dpop.proof("POST", "/token")})
    assert (first.status_code, (first.json or {})["error"]) == (400, "use_dpop_nonce") and first.headers["DPoP-Nonce"]
    assert dpop.call(bank, "/token", form).status_code == 200
    without = bank.call("/token", form)
    assert without.status_code == 400 and (without.json or {})["error"] == "invalid_request"


@pytest.mark.parametrize("off", [-10, 0, 10])
def test_clocks_may_differ_a_little(protocol: Suite, off: int) -> None:
    dpop, tokens, _ = bound(protocol, f"clock{off}")
    assert dpop.userinfo(tokens["access_token"], iat=int(time.time()) + off, more={"x": 1}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"iat": "later"},
        {"iat": "earlier"},
        {"iat": None},
        {"jti": None},
        {"htm": "POST"},
        {"htu": f"{ISSUER}/token"},
        {"htu": "https://evil.example/userinfo"},
        {"ath": None},
        {"ath": "x" * 43},
        {"header": {"typ": "jwt"}},
        {"header": {"typ": None}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "RS256"}},
        {"header": {"jwk": None}},
    ],
    ids=str,
)
def test_a_wrong_proof_opens_nothing(protocol: Suite, held: Held, wrong: dict[str, Any]) -> None:
    hour = {"later": 3600, "earlier": -3600}
    changes = {name: int(time.time()) + hour[value] if value in hour else value
               for name, value in wrong.items() if not isinstance(value, dict)}  # fmt: skip
    changes |= {name: value for name, value in wrong.items() if isinstance(value, dict)}
    dpop, tokens, _ = held
    answer = dpop.userinfo(tokens["access_token"], **changes)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("DPoP ")


def test_a_bound_token_is_nothing_by_itself(protocol: Suite, held: Held) -> None:
    dpop, tokens, _ = held
    token = tokens["access_token"]
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"DPoP {token}"},
        {"Authorization": f"Bearer {token}", "DPoP": dpop.proof("GET", "/userinfo", token)},
        {"Authorization": f"DPoP {token}", "DPoP": Dpop(protocol).proof("GET", "/userinfo", token)},
    ):
        assert protocol.ask("GET", "/userinfo", headers=headers).status_code == 401
    once = {"Authorization": f"DPoP {token}", "DPoP": dpop.proof("GET", "/userinfo", token)}
    assert [protocol.ask("GET", "/userinfo", headers=once).status_code for _ in range(2)] == [200, 401]


def asks(protocol: Suite, path: str = "/par", **changes: Any) -> int:
    """The status of a pushed request with such an assertion."""
    bank, key = protocol["bank"], changes.pop("key", protocol["bank"].key)
    form = bank.parameters() | asserted(assertion(key, "bank", protocol.there.house.clock(), **changes))
    return protocol.ask("POST", path, data=form).status_code


@pytest.mark.parametrize(
    "aud",
    [[ISSUER], [ISSUER, "https://other.example"], f"{ISSUER}/par", f"{ISSUER}/token", f"{ISSUER}/", None],
    ids=str,
)
def test_an_assertion_is_for_the_issuer_as_one_text(protocol: Suite, aud: object) -> None:
    assert asks(protocol) == 201
    assert asks(protocol, aud=aud) == 401


def test_times_and_names_of_an_assertion(protocol: Suite) -> None:
    now = int(time.time())
    assert asks(protocol, nbf=now + 8, iat=now + 8) == 201
    for changes in ({"nbf": now + 70}, {"exp": now - 60}, {"sub": None}, {"iss": "rival"}, {"exp": None}):
        assert asks(protocol, **changes) == 401, changes
    assert asks(protocol, key=Key("RS256", "k1")) == 401
    jti = secrets.token_hex(8)
    assert [asks(protocol, jti=jti) for _ in range(2)] == [201, 401]


def test_what_may_not_be_pushed(protocol: Suite) -> None:
    bank = protocol["bank"]
    name = (bank.push().json or {})["request_uri"]
    for more in (
        {"request_uri": name},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"response_type": "code id_token"},
        {"redirect_uri": "https://evil.example/"},
    ):
        assert bank.push(**more).status_code == 400, more
    assert protocol.ask("GET", "/par").status_code == 405


def test_a_pushed_request_is_its_client_s_and_good_once(protocol: Suite) -> None:
    bank, rival = protocol["bank"], protocol["rival"]
    answer = bank.push()
    stolen = rival.link(answer)
    browser = protocol.there.browser().get(stolen)
    assert browser.status in (400, 410) and browser.last is not None and "Location" not in browser.last.headers
    assert protocol.there.browser().get(bank.link(answer)).path == "/sign-in"  # looking at it spends nothing
    person = protocol.person("once")
    assert "code" in person.visit(bank.link(answer)).query
    assert "code" not in person.visit(bank.link(answer)).query
    aside = bank.push(state="pushed")
    answered = person.visit(bank.link(aside, state="beside", redirect_uri="https://evil.example/"))
    assert answered.query["state"] == "pushed" and answered.url.startswith(bank.client.redirect_uris[0])


def test_who_must_push_pushes(protocol: Suite) -> None:
    browser = protocol.there.browser().get(protocol["bank"].url())
    assert browser.query["error"] == "invalid_request" and browser.query["iss"] == ISSUER
    browser.get(protocol["bank"].by_object(protocol["bank"].signed()))
    assert browser.query["error"] == "invalid_request"


@pytest.mark.parametrize("more", [{"state": None}, {"nonce": None}, {"nonce": "n" * 64}, {"nonce": "n" * 384}], ids=str)
def test_state_and_nonce_are_optional_and_intact(protocol: Suite, held: Held, more: dict[str, str | None]) -> None:
    dpop, _, person = held
    browser = pushed(protocol, person, **more)
    assert ("state" in browser.query) == ("state" not in more)
    said = claims_of((dpop.redeem(protocol["bank"], browser).json or {})["id_token"])
    assert said.get("nonce") == (more.get("nonce", "nonce-1"))


def test_signed_requests(protocol: Suite) -> None:
    """`exp` and `nbf` needed, each within an hour; the issuer among several audiences will do."""
    bank, now = protocol["bank"], int(time.time())

    def sent(key: Key | None = None, **claims: Any) -> int:
        return bank.call("/par", {"request": bank.signed(key=key, **claims)}).status_code

    assert sent() == sent(aud=[ISSUER, "https://other.example"]) == sent(nbf=now - 3500) == 201
    for wrong in (
        {"exp": None}, {"nbf": None}, {"exp": now - 5}, {"exp": now + 3700}, {"nbf": now - 3700},
        {"nbf": now + 300}, {"aud": "https://other.example"}, {"aud": None}, {"iss": "rival"}, {"iss": None},
    ):  # fmt: skip
        assert sent(**wrong) == 400, wrong
    assert sent(key=Key("RS256", "k1")) == 400 == sent(key=Key("ES256", "k1"))


def test_the_key_that_pushed_is_the_key_that_redeems(protocol: Suite, held: Held) -> None:
    bank, (_, _, person) = protocol["bank"], held
    mine, other = Dpop(protocol), Dpop(protocol)
    answer = mine.call(bank, "/par", bank.parameters())
    assert answer.status_code == 201
    browser = person.visit(bank.link(answer))
    assert (other.redeem(bank, browser).json or {})["error"] == "invalid_grant"


@pytest.mark.parametrize("sent", [None, ASIDE, "<script>", "x" * 5000])
def test_a_call_has_a_name(protocol: Suite, held: Held, sent: str | None) -> None:
    _, tokens, _ = held
    headers = without_none({"x-fapi-interaction-id": sent, "Authorization": f"Bearer {tokens['access_token']}"})
    back = protocol.ask("GET", "/userinfo", headers=headers).headers["x-fapi-interaction-id"]
    assert back == sent if sent == ASIDE else uuid.UUID(back) and back != sent


def test_no_shared_secret_and_no_other_name_will_do(protocol: Suite) -> None:
    form = protocol["bank"].parameters()
    assert protocol.ask("POST", "/par", data=form).status_code in (400, 401)
    assert protocol.ask("POST", "/par", data=form, auth=("bank", "s" * 64)).status_code in (400, 401)
    assert asks(protocol, key=protocol["rival"].key) == 401

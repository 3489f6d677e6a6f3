"""Codes and passkeys used twice, by another, elsewhere, or after the short-lived store was emptied."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fido2.utils import websafe_encode

from adapters import connect
from adapters.redis import embedded
from adapters.redis.client import connect_redis
from idp.app import build
from idp.flows.context import Visit
from idp.flows.sign_in import totp
from idp.model import AuthorizationRequest, Interaction, Subject
from idp.ports import Place
from tests.support.authenticator import NORMAL, Passkey
from tests.support.house import Browser, House, RelyingParty, house_in, settings_in

STEP = timedelta(seconds=30)
SCOPE = "openid profile payroll.read"
NAMES = iter(f"person{number}" for number in range(1000))


def asked_for_code(house: House, name: str) -> Browser:
    return Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), name, "a password")


def with_passkey(house: House) -> tuple[str, Passkey]:
    name, key = next(NAMES), Passkey()
    app = house.app_of(house.person(name, "a password", roles=("payroll-clerk",)))
    browser = Browser(house).sign_in("/me/methods/add/passkey", name, "a password", app)
    assert browser.submit(credential=key.register(browser.options())).path == "/me/methods"
    return name, key


def test_a_code_is_used_once(house: House) -> None:
    name = next(NAMES)
    app = house.app_of(house.person(name, "a password"))
    first, second = asked_for_code(house, name), asked_for_code(house, name)
    code, before = app.at(house.clock()), app.at(house.clock() - STEP)
    assert "code" in first.submit(code=code).query
    assert second.submit(code=code).path == "/sign-in/totp" and "already used" in second.page
    assert second.submit(code=before).path == "/sign-in/totp"  # nor one of a step before
    assert "code" in second.submit(code=app.at(house.clock() + STEP)).query


def test_fifty_at_once_have_one_winner(tmp_path: Path) -> None:
    with house_in(tmp_path, guessing={"factor_burst": 100, "network_burst": 100}) as house:
        subject = house.person("race", "a password")
        code = house.app_of(subject).at(house.clock())
        with ThreadPoolExecutor(50) as pool:
            after = list(pool.map(lambda _: _prove(house, subject, code), range(50)))
        assert sum(one.error is None and len(one.proofs) == 1 for one in after) == 1
        assert {one.error for one in after} == {None, "used"}


def test_codes_cannot_be_guessed(house: House) -> None:
    name = next(NAMES)
    app = house.app_of(house.person(name, "a password"))
    browser = asked_for_code(house, name)
    right = {app.at(house.clock() + step * STEP) for step in range(-21, 22)}
    wrong = [code for code in map("{:06}".format, range(100)) if code not in right]
    for code in wrong[: house.idp.settings.guessing.factor_burst]:
        browser.submit(code=code)
    browser.submit(code=app.at(house.clock()))
    assert browser.path == "/sign-in/totp" and "Too many codes" in browser.page
    assert house.alerts("account-guessing") >= 1


def test_an_emptied_store_makes_nothing_spent_good_again(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        house.clock.at = datetime.now(UTC)  # the store has a clock of its own
        amy = house.person("amy", "a password")
        app, payroll, done = house.app_of(amy), RelyingParty(house), Browser(house)
        waiting = Browser(house, "10.2.2.2").sign_in(payroll.start(scope=SCOPE), "amy", "a password")
        done.sign_in(payroll.start(scope=SCOPE), "amy", "a password", app)
        house.person("target", "the right one")
        for number in range(5):
            guess = Browser(house).get("/sign-in").submit(username="target@local.example")
            guess.submit(password=f"guess {number}")

        _brief(house).flushall()

        action, fields = waiting.hidden(code="")
        assert waiting.post(action, fields | {"code": app.at(house.clock() + STEP)}).status_code == 410
        assert payroll.redeem(done).json["error"] == "invalid_grant"  # type: ignore[index]
        assert _prove(house, amy, app.at(house.clock())).error == "used"
        guess = Browser(house).get("/sign-in").submit(username="target@local.example")
        guess.submit(password="the right one")
        assert guess.path == "/sign-in/password"  # a guesser's budget is not refilled
        assert done.get("/me").path == "/me"  # a session needs none of it


def test_a_store_that_is_away_is_never_a_yes(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        app, payroll = house.app_of(house.person("ivy", "a password")), RelyingParty(house)
        browser = Browser(house).sign_in(payroll.start(scope=SCOPE), "ivy", "a password", app)
        under_way = Browser(house).get(payroll.start(scope=SCOPE)).submit(username="ivy@local.example")
        _brief(house).shutdown(nosave=True)
        silent = browser.get(payroll.start(scope=SCOPE, prompt="none"))
        assert silent.query["error"] == "temporarily_unavailable"
        assert browser.get(payroll.start(scope=SCOPE)).status == 503
        action, fields = under_way.hidden(password="")
        assert under_way.post(action, fields | {"password": "a password"}).status_code == 503


def test_a_restart_makes_no_code_good_again(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        subject = house.person("res", "a password")
        app = house.app_of(subject)
        Browser(house).sign_in("/me", "res", "a password", app)
    ports = connect(settings_in(tmp_path), house.clock)
    try:
        again = House(build(settings_in(tmp_path), ports), None, house.clock)
        assert _prove(again, subject, app.at(house.clock())).error == "used"
    finally:
        ports.close()


def test_a_passkey_s_answer_is_good_once_and_here_only(house: House) -> None:
    _, key = with_passkey(house)
    payroll = RelyingParty(house)
    first, other = Browser(house).get(payroll.start(scope=SCOPE)), Browser(house).get(payroll.start(scope=SCOPE))
    answer = key.sign(first.options())
    assert (
        other.submit(credential=answer).path == "/sign-in" and "not known here" in other.page
    )  # another interaction's
    assert "code" in first.submit(credential=answer).query
    third = Browser(house).get(payroll.start(scope=SCOPE))
    assert third.submit(credential=answer).path == "/sign-in"
    # The same interaction, twice: once with a wrong origin, then the same challenge again.
    fourth = Browser(house).get(payroll.start(scope=SCOPE))
    options = fourth.options()
    assert fourth.submit(credential=key.sign(options, origin="https://evil.example")).path == "/sign-in"
    assert fourth.submit(credential=key.sign(options)).path == "/sign-in"
    assert "code" in fourth.submit(credential=key.sign(fourth.options())).query


def test_a_challenge_grows_old_and_one_s_own_is_none(house: House) -> None:
    _, key = with_passkey(house)
    browser = Browser(house).get("/sign-in")
    options = browser.options()
    house.clock.move(minutes=5, seconds=1)
    assert browser.submit(credential=key.sign(options)).path == "/sign-in"
    for challenge in ("", websafe_encode(b"x"), websafe_encode(b"\0" * 56), "a" * 9996):
        assert browser.submit(credential=key.sign(options, challenge=challenge)).path == "/sign-in"
    assert browser.status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"party": "evil.example"},
        {"flags": NORMAL & 1},
        {"type": "webauthn.create"},
        {"handle": b"sub_somebody"},
        {"signature": b"\0" * 70},
    ],
)
def test_a_passkey_used_wrongly_opens_nothing(house: House, wrong: dict[str, object]) -> None:
    _, key = with_passkey(house)
    browser = Browser(house).get("/sign-in")
    browser.submit(credential=key.sign(browser.options(), **wrong))  # type: ignore[arg-type]
    assert (browser.status, browser.path) == (200, "/sign-in")


@pytest.mark.parametrize(
    "credential", ["{", "[]", "null", '{"id":"\\ud800"}', '{"id":1}', "[" * 9000, "x" * 10_000, '{"id":"YQ"}', "\0"]
)
def test_garbage_for_a_passkey_is_a_page(house: House, credential: str) -> None:
    browser = Browser(house, "198.51.100.77").get("/sign-in").submit(credential=credential)
    assert (browser.status, browser.path) == (200, "/sign-in")


def test_somebody_else_s_passkey_is_no_second_factor(house: House) -> None:
    name, _ = with_passkey(house)
    _, foreign = with_passkey(house)
    house.clock.move(minutes=1)
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), name, "a password")
    assert browser.path == "/sign-in/passkey"
    browser.submit(credential=foreign.sign(browser.options()))
    assert browser.path == "/sign-in/passkey" and "not accepted" in browser.page


def test_somebody_else_s_passkey_raises_no_session(house: House) -> None:
    name, own = with_passkey(house)
    _, foreign = with_passkey(house)
    app = house.app_of(house.idp.ports.truth.people.find(name, "local"))  # type: ignore[arg-type]
    browser, payroll = Browser(house), RelyingParty(house)
    browser.get(payroll.start(scope=SCOPE)).submit(username=f"{name}@local.example").submit(password="a password")
    browser.submit(do="another").submit(way="totp").submit(code=app.at(house.clock()))
    assert "code" in browser.query
    browser.get(payroll.start(scope=SCOPE, acr_values="urn:gerege:aal2-phr"))
    browser.submit(credential=foreign.sign(browser.options()))
    assert browser.path == "/sign-in/passkey"
    assert "code" in browser.submit(credential=own.sign(browser.options())).query


def test_a_counter_that_goes_back_is_a_cloned_key(house: House) -> None:
    """The first copy is refused and told; with the second within a day the key is over (`authenticators.copied`)."""
    _, key = with_passkey(house)
    for counter, path in ((5, "/"), (9, "/"), (9, "/sign-in"), (10, "/"), (3, "/sign-in"), (11, "/sign-in")):
        browser = Browser(house).get("/sign-in")
        assert browser.submit(credential=key.sign(browser.options(), counter=counter)).path == path, counter


def test_failed_passkeys_of_one_network_leave_room_for_others_there(house: House) -> None:
    _, key = with_passkey(house)
    for _ in range(8):
        Browser(house, "203.0.113.9").get("/sign-in").submit(credential="{}")
    fine = Browser(house, "203.0.113.10").get("/sign-in")
    assert fine.submit(credential=key.sign(fine.options())).path == "/"


def _prove(house: House, subject: Subject, code: str) -> Interaction:
    """One try of a code, below the web, in an interaction of its own."""
    nowhere = Place(None, None, None)
    visit = Visit(house.clock(), "a", "n", nowhere, frozenset(), "Firefox", "Linux", "en", "binding")
    request = AuthorizationRequest("payroll", "https://payroll.example/callback", ())
    under_way = Interaction("h", 1, "b", request, "en", house.clock(), visit.network)
    return totp.prove(house.idp, visit, under_way, subject, code)


def _brief(house: House):  # type: ignore[no-untyped-def]
    """The short-lived store behind the house, by a connection of its own."""
    return connect_redis(embedded.start(house.idp.settings.stores.state_dir).url)

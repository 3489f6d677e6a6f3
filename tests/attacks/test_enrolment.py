"""A phished password does not enrol the thief's phone. Spec: NIST SP 800-63B-4 §4.1."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.model import AAL1, AAL2, AAL2_PHR, EnrolmentCode
from tests.stories.test_first_day import key_on
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"
NAMES = iter(f"person{number}" for number in range(1000))


def thief_of(house: House) -> tuple[Browser, str]:
    """A thief who has somebody's password and stands where a factor is asked for."""
    name = next(NAMES)
    house.person(name, "phished")
    browser = Browser(house, "198.51.100.9").sign_in(RelyingParty(house).start(scope=SCOPE), name, "phished")
    assert browser.path == "/sign-in/enrol"
    return browser, name


def token(house: House, browser: Browser, step: str) -> dict[str, str]:
    """The form token of a step that was never shown: as if a bug had given it away."""
    purpose = f"{browser.cookie('binding')}|{browser.query['i']}|{step}"
    return {"csrf": house.idp.ports.sealer.digest("csrf", purpose)}


@pytest.mark.parametrize("chosen", [False, True])
def test_a_page_of_enrolment_is_not_shown_before_the_code(house: House, chosen: bool) -> None:
    browser, _ = thief_of(house)
    if chosen:
        browser.submit(way="totp")
    at = browser.path
    for step in ("totp", "passkey"):
        assert browser.get(f"/sign-in/enrol/{step}?i={browser.query['i']}").path == at


@pytest.mark.parametrize("way", ["totp", "passkey"])
def test_posting_past_the_code_binds_nothing(house: House, way: str) -> None:
    browser, name = thief_of(house)
    browser.submit(way=way)
    iid, key = browser.query["i"], Passkey()
    step = f"enrol-{way}"
    options = browser.post(f"/sign-in/passkey/options?i={iid}&step={step}", token(house, browser, step))
    if way == "passkey" and options.status_code == 200:
        fields = {"credential": key.register(options.get_data(as_text=True))}
    else:
        fields = {"code": "123456"}
    answer = browser.post(f"/sign-in/enrol/{way}?i={iid}", token(house, browser, step) | fields)
    assert answer.headers["Location"].startswith("/sign-in/enrol/code?")
    assert _factors(house, name) == []


def test_a_code_is_good_once_for_its_own_person_and_until_its_end(house: House) -> None:
    browser, name = thief_of(house)
    browser.submit(way="totp")
    someone = house.person(next(NAMES), "x")
    house.enrolment_code(someone, "OTHR-PERS-ON00")
    browser.submit(code="OTHR-PERS-ON00")
    assert browser.path == "/sign-in/enrol/code" and "not right" in browser.page

    me = _subject(house, name)
    house.enrolment_code(me, "OLD0-OLD0-OLD0")
    house.enrolment_code(me, "NEW0-NEW0-NEW0")
    assert browser.submit(code="OLD0-OLD0-OLD0").path == "/sign-in/enrol/code"  # void after a newer one
    assert browser.submit(code="NEW0-NEW0-NEW0").path == "/sign-in/enrol/totp"

    again = Browser(house).sign_in("/me", name, "phished").submit(way="totp")
    assert again.submit(code="NEW0-NEW0-NEW0").path == "/sign-in/enrol/code"  # spent

    late, other = thief_of(house)
    house.enrolment_code(_subject(house, other), "LATE-LATE-LATE")
    late.submit(way="totp")
    house.clock.move(hours=1, seconds=1)
    # The page is still open; the code is not good any more.
    assert late.submit(code="LATE-LATE-LATE").path == "/sign-in/enrol/code"
    assert _factors(house, other) == []


def test_codes_cannot_be_guessed_through_the_page(house: House) -> None:
    browser, name = thief_of(house)
    browser.submit(way="totp")
    for number in range(house.idp.settings.guessing.factor_burst):
        browser.submit(code=f"GUES-S{number:03}-0000")
    house.enrolment_code(_subject(house, name), "RGHT-RGHT-RGHT")
    browser.submit(code="RGHT-RGHT-RGHT")
    assert browser.path == "/sign-in/enrol/code" and "Too many codes" in browser.page


def test_what_vouched_for_one_person_does_not_vouch_for_the_next(house: House) -> None:
    """The thief spends a code of their own, then changes to the name whose password they phished."""
    victim, mallory = next(NAMES), next(NAMES)
    house.person(victim, "phished")
    me = house.person(mallory, "own")
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), mallory, "own").submit(way="totp")
    browser.submit(code=house.enrolment_code(me, "MINE-MINE-MINE"))
    assert browser.path == "/sign-in/enrol/totp"
    seed = key_on(browser.page)
    browser.get(f"/sign-in?i={browser.query['i']}").submit(username=f"{victim}@local.example")
    browser.submit(password="phished")
    assert browser.path == "/sign-in/enrol/code"
    code = pyotp.TOTP(seed).at(house.clock())
    answer = browser.post(
        f"/sign-in/enrol/totp?i={browser.query['i']}", token(house, browser, "enrol-totp") | {"code": code}
    )
    assert answer.headers["Location"].startswith("/sign-in/enrol/code?")
    assert _factors(house, victim) == []


def test_an_app_that_nothing_vouched_for_opens_nothing(house: House) -> None:
    name = next(NAMES)
    weak = house.app_of(house.person(name, "a password"), worth=AAL1)
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), name, "a password", weak)
    assert browser.path == "/sign-in/enrol"
    answer = browser.post(
        f"/sign-in/totp?i={browser.query['i']}", token(house, browser, "totp") | {"code": weak.at(house.clock())}
    )
    assert answer.headers["Location"].startswith("/sign-in/enrol?")


def test_one_way_in_is_no_way_to_add_another(house: House) -> None:
    """Who has the password of a person with an app is asked for the app before anything can be added."""
    name = next(NAMES)
    house.app_of(house.person(name, "phished"))
    for way in ("totp", "passkey"):
        browser = Browser(house).sign_in(f"/me/methods/add/{way}", name, "phished")
        assert browser.path == "/sign-in/totp"
        for step in (f"enrol-{way}", "enrol-code", "enrol"):
            path = f"/sign-in/{step.replace('-', '/')}?i={browser.query['i']}"
            answer = browser.post(path, token(house, browser, step) | {"code": "123456", "way": way})
            assert answer.headers["Location"].startswith("/sign-in/totp?")
    assert len(_factors(house, name)) == 1


def test_one_enrolment_code_in_many_hands_binds_once(house: House) -> None:
    name = next(NAMES)
    me = house.person(name, "a password")
    house.enrolment_code(me, "MANY-MANY-MANY")
    browsers = [Browser(house).sign_in("/me", name, "a password").submit(way="totp") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        places = list(pool.map(lambda one: one.submit(code="MANY-MANY-MANY").path, browsers))
    assert places.count("/sign-in/enrol/totp") == 1


def test_a_passkey_that_is_somebody_s_cannot_be_registered_again(house: House) -> None:
    one, other, key = next(NAMES), next(NAMES), Passkey()
    first = Browser(house).sign_in("/me/methods/add/passkey", one, "p", house.app_of(house.person(one, "p")))
    assert first.submit(credential=key.register(first.options())).path == "/me/methods"
    second = Browser(house).sign_in("/me/methods/add/passkey", other, "p", house.app_of(house.person(other, "p")))
    second.submit(credential=key.register(second.options()))
    assert second.path == "/sign-in/enrol/passkey" and len(_factors(house, other)) == 1


@pytest.mark.parametrize("kind", ["enrolment", "pass"])
def test_a_code_that_vouches_for_too_little_says_so_binds_nothing_and_stays_good(house: House, kind: str) -> None:
    """What asks for resistance to phishing is not opened by what a counter could not see; the code is not lost."""
    name, typed = next(NAMES), f"LOWW-{kind[:4].upper()}-CODE"
    me = house.person(name, "a password", roles=("payroll-clerk",))
    kept = EnrolmentCode(
        house.idp.id("code"),
        me.id,
        hash_code(house.idp, clean_code(typed)),
        "desk",
        house.clock() + timedelta(minutes=15),
        kind=kind,  # type: ignore[arg-type]
        ceiling=AAL2,
    )
    with house.idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(kept)
    strong = RelyingParty(house).start(scope=SCOPE, acr_values=AAL2_PHR)
    browser = Browser(house).sign_in(strong, name, "a password")
    assert browser.path == "/sign-in/enrol"
    if kind == "pass":
        browser.get(f"/sign-in/pass?i={browser.query['i']}").submit(code=typed)
        assert "code" not in browser.query and browser.cookie("session") is None
        assert _factors(house, name) == []
        return
    browser.submit(way="passkey").submit(code=typed)
    assert browser.path == "/sign-in/enrol/code" and "asks for more than it can vouch for" in browser.page
    assert "not used up" in browser.page and 'aria-invalid="true"' in browser.main
    for step in ("totp", "passkey"):
        assert browser.get(f"/sign-in/enrol/{step}?i={browser.query['i']}").path == "/sign-in/enrol/code"
    assert _factors(house, name) == []
    less = Browser(house).sign_in("/me", name, "a password").submit(way="totp")
    assert less.submit(code=typed).path == "/sign-in/enrol/totp"


def test_an_enrolled_app_says_what_vouched_for_it(house: House) -> None:
    name = next(NAMES)
    me = house.person(name, "a password")
    browser = Browser(house).sign_in("/me", name, "a password").submit(way="totp")
    browser.submit(code=house.enrolment_code(me, "VOUC-HVOU-CHVO"))
    browser.submit(code=pyotp.TOTP(key_on(browser.page)).at(house.clock()))
    (bound,) = house.factors(me, "totp")
    assert bound.bound_acr == AAL2_PHR and bound.bound_by[0] == "password" and bound.bound_by[1].startswith("code_")


def _subject(house: House, name: str):  # type: ignore[no-untyped-def]
    found = house.idp.ports.truth.people.find(name, "local")
    assert found is not None
    return found


def _factors(house: House, name: str) -> list[str]:
    held = house.idp.ports.truth.authenticators.of(_subject(house, name).id)
    return [one.factor for one in held if one.factor != "password"]

"""Recovery is no way round: not by a pass, an enrolment code, or a saved code. Spec: NIST SP 800-63B-4 §4.2."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from idp.authn.factors.recovery import make
from idp.flows.sign_in import budgets
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.flows.sign_in.password import account_of
from idp.flows.sign_in.recovery import hash_of
from idp.model import AAL2, AAL2_PHR, AAL3, Authenticator, EnrolmentCode, Subject
from tests.stories.test_first_day import key_on
from tests.support.authenticator import Passkey
from tests.support.directory import Directory
from tests.support.house import Browser, House, RelyingParty, house_in

SCOPE = "openid profile payroll.read"
NAMES = iter(f"loser{number}" for number in range(1000))


def someone(house: House) -> tuple[str, Subject]:
    name = next(NAMES)
    return name, house.person(name, "a password", roles=("payroll-clerk",))


def give_pass(house: House, subject: Subject, code: str, **changed: object) -> str:
    idp = house.idp
    code_hash, until = hash_code(idp, clean_code(code)), house.clock() + timedelta(minutes=15)
    kept = EnrolmentCode(idp.id("code"), subject.id, code_hash, "desk", until, kind="pass", ceiling=AAL2)
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(replace(kept, **changed))  # type: ignore[arg-type]
    return code


def saved_codes(house: House, subject: Subject) -> list[str]:
    idp = house.idp
    codes = list(make(idp.ports.random))
    kept = Authenticator(idp.id("factor"), subject.id, "recovery", "", None, {}, AAL2, ("test",), house.clock())
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_recovery(kept, [hash_of(idp, code) for code in codes])
    return codes


def at_pass(house: House, name: str, start: str = "/me") -> Browser:
    browser = Browser(house).get(start).submit(username=f"{name}@local.example")
    return browser.get(f"/sign-in/pass?i={browser.query['i']}")


def held(house: House, subject: Subject) -> list[str]:
    return [one.factor for one in house.idp.ports.truth.authenticators.of(subject.id) if one.factor != "password"]


def test_a_pass_opens_enrolment_and_what_it_binds_is_worth_its_ceiling(house: House) -> None:
    name, subject = someone(house)
    house.app_of(subject)  # the phone that was lost
    browser = at_pass(house, name, RelyingParty(house).start(scope=SCOPE))
    browser.submit(code=give_pass(house, subject, "PASS-0001-AAAA").lower())
    assert browser.path == "/sign-in/enrol" and browser.cookie("session") is None
    key = Passkey()
    browser.submit(way="passkey").submit(credential=key.register(browser.options()), name="New key")
    payroll = RelyingParty(house)
    assert payroll.id_token(browser)["acr"] == AAL2  # a passkey, but the desk vouched for no more
    (bound,) = house.factors(subject, "passkey")
    assert bound.bound_acr == AAL2 and "pass" in bound.bound_by
    assert "factor.pass-used" in house.events("factor.pass-used")


def test_a_pass_alone_opens_no_application(house: House) -> None:
    name, subject = someone(house)
    browser = at_pass(house, name, RelyingParty(house, "docs").start(scope="openid docs.read"))
    browser.submit(code=give_pass(house, subject, "PASS-0002-AAAA"))
    assert browser.path == "/sign-in/enrol"
    for path in ("/me", "/me/methods/recovery", RelyingParty(house, "docs").start(scope="openid", prompt="none")):
        again = Browser(house)
        again.http = browser.http
        assert "code=" not in again.get(path).url and again.path != path
    for step in ("consent", "totp", "recovery-left"):
        purpose = f"{browser.cookie('binding')}|{browser.query['i']}|{step}"
        csrf = house.idp.ports.sealer.digest("csrf", purpose)
        path = {"consent": "/consent", "totp": "/sign-in/totp", "recovery-left": "/sign-in/recovery/left"}[step]
        answer = browser.post(f"{path}?i={browser.query['i']}", {"csrf": csrf, "do": "allow", "code": "123456"})
        assert answer.headers["Location"].startswith("/sign-in/enrol?")
    assert held(house, subject) == []


def test_a_pass_and_an_app_still_need_the_password(house: House) -> None:
    name, subject = someone(house)
    browser = at_pass(house, name)
    browser.submit(code=give_pass(house, subject, "PASS-0003-AAAA")).submit(way="totp")
    browser.submit(code=pyotp.TOTP(key_on(browser.page)).at(house.clock()))
    assert browser.path == "/sign-in/password" and browser.cookie("session") is None
    assert browser.submit(password="a password").path == "/me"


@pytest.mark.parametrize("why", ["spent", "another's", "late", "waiting", "enrolment code", "wrong"])
def test_a_pass_that_is_none(house: House, why: str) -> None:
    name, subject = someone(house)
    _, other = someone(house)
    code = f"NOPE-{name}"
    if why == "spent":
        give_pass(house, subject, code)
        assert at_pass(house, name).submit(code=code).path == "/sign-in/enrol"
    elif why == "another's":
        give_pass(house, other, code)
    elif why == "late":
        give_pass(house, subject, code, expires_at=house.clock())
    elif why == "waiting":
        give_pass(house, subject, code, waits=True)
    elif why == "enrolment code":
        house.enrolment_code(subject, code)
    browser = at_pass(house, name).submit(code=code)
    assert browser.path == "/sign-in/pass" and "That pass is not right" in browser.page
    if why == "enrolment code":  # a wrong kind is not spent
        vouched = Browser(house).sign_in("/me/methods/add/totp", name, "a password")
        assert vouched.submit(code=code).path == "/sign-in/enrol/totp"


def test_a_pass_is_no_enrolment_code_and_stays_a_pass(house: House) -> None:
    name, subject = someone(house)
    code = give_pass(house, subject, "PASS-0004-AAAA")
    browser = Browser(house).sign_in("/me/methods/add/totp", name, "a password")
    assert browser.submit(code=code).path == "/sign-in/enrol/code"
    assert at_pass(house, name).submit(code=code).path == "/sign-in/enrol"


def test_a_name_that_nobody_has_is_answered_as_any_other(house: House) -> None:
    name, _ = someone(house)
    pages = []
    for typed in (name, "nobodyatall"):
        browser = Browser(house).get("/me").submit(username=f"{typed}@local.example")
        for path in ("pass", "recovery"):
            browser.get(f"/sign-in/{path}?i={browser.query['i']}")
            for _ in range(2):
                browser.submit(code="WRON-GWRO-NGWR")
            shown = browser.page.replace(typed, "*").replace(browser.query["i"], "*")
            csrf = browser.hidden(code="")[1]["csrf"]
            pages.append((browser.status, shown.replace(csrf, "*").replace(browser.language, "*")))
    assert pages[0] == pages[2] and pages[1] == pages[3]


def test_passes_and_saved_codes_cannot_be_guessed_through_the_page(house: House) -> None:
    for path in ("pass", "recovery"):
        name, subject = someone(house)
        saved = saved_codes(house, subject)
        give_pass(house, subject, f"REAL-PASS-{path[:4].upper()}")
        browser = Browser(house).get("/me").submit(username=f"{name}@local.example")
        browser.get(f"/sign-in/{path}?i={browser.query['i']}")
        for number in range(house.idp.settings.guessing.factor_burst):
            browser.submit(code=f"GUES-{number:04}-AAAA")
        browser.submit(code=f"REAL-PASS-{path[:4].upper()}" if path == "pass" else saved[0])
        assert browser.path == f"/sign-in/{path}" and "Too many codes" in browser.page


def test_a_saved_code_is_aal2_once_and_never_resists_phishing(house: House) -> None:
    name, subject = someone(house)
    house.app_of(subject)
    codes = saved_codes(house, subject)
    payroll = RelyingParty(house)
    browser = Browser(house).sign_in(payroll.start(scope=SCOPE), name, "a password")
    browser.submit(do="another").submit(way="recovery")
    assert browser.path == "/sign-in/recovery"
    browser.submit(code="-".join((codes[0][:6], codes[0][6:12].lower(), codes[0][12:])))
    assert browser.path == "/sign-in/recovery/left" and "9 recovery codes left" in browser.page
    browser.submit()
    claims = payroll.id_token(browser)
    assert claims["acr"] == AAL2 and set(claims["amr"]) == {"mfa", "otp", "pwd"}  # type: ignore[call-overload]
    for level in (AAL2_PHR, AAL3):
        again = Browser(house)
        again.http = browser.http
        assert again.get(payroll.start(scope=SCOPE, acr_values=level)).path != "/sign-in/recovery"
    other = Browser(house).sign_in(payroll.start(scope=SCOPE), name, "a password").submit(do="another")
    assert other.submit(way="recovery").submit(code=codes[0]).path == "/sign-in/recovery"
    assert "already used" in other.page


def test_a_saved_code_alone_is_no_sign_in(house: House) -> None:
    name, subject = someone(house)
    (code, *_) = saved_codes(house, subject)
    browser = Browser(house).get("/me").submit(username=f"{name}@local.example")
    browser.get(f"/sign-in/recovery?i={browser.query['i']}").submit(code=code)
    assert browser.path == "/sign-in/password" and browser.cookie("session") is None


def test_what_a_saved_code_binds_never_resists_phishing(house: House) -> None:
    """Not at once, and not by way of what was bound with it: the ledger goes along."""
    name, subject = someone(house)
    house.app_of(subject)
    codes = saved_codes(house, subject)
    browser = Browser(house).sign_in("/me/methods/add/passkey", name, "a password").submit(do="another")
    browser.submit(way="recovery").submit(code=codes[0]).submit()
    assert browser.path == "/sign-in/enrol/passkey"
    key = Passkey()
    browser.submit(credential=key.register(browser.options()), name="Thief's")
    thief = Browser(house)
    thief.get("/me/methods/add/passkey").submit(credential=key.sign(thief.options()))
    thief.submit(credential=Passkey().register(thief.options()), name="Thief's second")
    assert [one.bound_acr for one in house.factors(subject, "passkey")] == [AAL2, AAL2]
    assert [one.bound_acr for one in house.factors(subject, "totp")] == [AAL2_PHR]  # nobody else's is lowered


def test_after_a_while_a_recovered_session_changes_no_factor_without_another_proof(house: House) -> None:
    name, subject = someone(house)
    house.app_of(subject)
    codes = saved_codes(house, subject)
    browser = Browser(house).sign_in("/me/methods/recovery", name, "a password").submit(do="another")
    browser.submit(way="recovery").submit(code=codes[0]).submit()
    assert browser.path == "/me/methods/recovery"
    house.clock.move(minutes=11)
    action, hidden = browser.hidden(saved="")
    answer = browser.post(action, hidden | {"saved": "yes"})
    assert answer.headers["Location"].startswith("/sign-in/")
    assert browser.get("/me/methods/add/totp").path == "/sign-in/password"
    assert house.idp.ports.truth.authenticators.recovery_left(subject.id) == 9


def test_one_saved_code_in_many_hands_opens_once(house: House) -> None:
    name, subject = someone(house)
    house.app_of(subject)
    codes = saved_codes(house, subject)
    hands = [Browser(house, f"10.1.{number}.3") for number in range(10)]
    for one in hands:
        one.sign_in("/me", name, "a password")
        if one.path == "/me":
            one.get("/me/methods/recovery")
        one.submit(do="another").submit(way="recovery")
    forms = [one.hidden(code="") for one in hands]

    def spend(number: int) -> str:
        action, hidden = forms[number % 10]
        fields = hidden | {"code": codes[1]}
        return str(hands[number % 10].post(action, fields).headers.get("Location", ""))

    with ThreadPoolExecutor(10) as pool:
        places = list(pool.map(spend, range(100)))
    assert house.idp.ports.truth.authenticators.recovery_left(subject.id) == 9
    assert len(house.events("factor.recovery-used")) >= 1 and any("/left" in place for place in places)


def test_own_wrong_passwords_do_not_waste_a_saved_code(house: House) -> None:
    """At one's own device, over and over wrong, then a saved code: the right password is heard at once."""
    name, subject = someone(house)
    codes = saved_codes(house, subject)
    own = Browser(house).sign_in("/me", name, "a password").submit(code=codes[0]).submit()
    assert own.path == "/me"
    again = Browser(house, "10.77.0.3")  # a network that has all its tries
    again.plant("device", own.cookie("device") or "")
    again.get("/me").submit(username=f"{name}@local.example")
    for _ in range(10):
        again.submit(password="not it")
    again.submit(password="a password")
    assert again.path == "/sign-in/password"  # right, and not heard
    again.get(f"/sign-in/recovery?i={again.query['i']}").submit(code=codes[1])
    assert again.path == "/sign-in/password"
    again.submit(password="a password").submit()
    assert again.path == "/me" and again.cookie("session") is not None


def test_where_a_directory_would_lock_a_saved_code_is_not_spent_before_a_password_can_be_heard(
    tmp_path: Path,
) -> None:
    """The directory's own count is not ours to clear: the right code stays good, and a wrong one learns nothing."""
    directory = Directory("locks", 10)
    with house_in(tmp_path, {"locks": directory}) as house:
        entry = directory.add("rosa", "rosa's")
        Browser(house).get("/me").submit(username="rosa@locks.example").submit(password="rosa's")
        subject = house.idp.ports.truth.people.by_link("locks", entry.stable_id)
        assert subject is not None
        codes = saved_codes(house, subject)

        def tries(code: str, times: int) -> Browser:
            browser = Browser(house).get("/me").submit(username="rosa@locks.example")
            browser.get(f"/sign-in/recovery?i={browser.query['i']}").submit(code=code)
            for _ in range(times if browser.path == "/sign-in/password" else 0):
                browser.submit(password="not it")
            return browser

        tries(codes[0], 10)
        early = tries(codes[1], 0)
        assert early.path == "/sign-in/recovery" and "it is not used up" in early.page
        assert house.idp.ports.truth.authenticators.recovery_left(subject.id) == 9
        assert "it is not used up" not in tries("NOT-A-CODE", 0).page
        account = account_of(house.idp, house.idp.department("locks"), entry.stable_id)  # type: ignore[arg-type]
        budgets.forget_own(house.idp, account)  # as a quarter of an hour does
        late = tries(codes[1], 0)
        assert late.path == "/sign-in/password" and not directory.locked(entry)
        assert late.submit(password="rosa's").path != "/sign-in/password"

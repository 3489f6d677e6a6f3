"""While a directory is away a passkey opens what lives with old knowledge, for some hours; nothing else does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.authn.factors.recovery import make
from idp.flows.admin.people import disable
from idp.flows.admin.scope import OPERATOR
from idp.flows.people import take_over
from idp.flows.sign_in.recovery import hash_of
from idp.model import AAL1, AAL2, AAL2_PHR, OUTAGE, Authenticator, Link, Subject
from tests.support.authenticator import Passkey
from tests.support.browser import Browser, RelyingParty
from tests.support.directory import Directory
from tests.support.house import House, house_in
from tests.support.passkeys import by_passkey, hold

HOURS = 3
GRACE = timedelta(hours=HOURS)
MOF = Directory("mof")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house"), {"mof": MOF}) as found:
        mof = found.idp.ports.truth.configuration().departments["mof"]
        with found.idp.ports.truth.begin() as tx:
            tx.registry.put_department(replace(mof, settings={OUTAGE: {"passkey_hours": HOURS}}))
        yield found


@pytest.fixture
def house(furnished: House) -> Iterator[House]:
    yield furnished
    MOF.down = False
    MOF.people.clear()
    furnished.clock.move(days=1)


def known(house: House, uid: str, worth: str = AAL2_PHR) -> tuple[Subject, Passkey]:
    """Somebody whose entry was read now, with a passkey."""
    entry = MOF.add(uid, f"{uid}'s")
    mof = house.idp.ports.truth.configuration().departments["mof"]
    subject, key = take_over(house.idp, mof, entry, house.clock()), Passkey()
    hold(house, subject, key, worth=worth)
    return subject, key


def docs(house: House, **more: str) -> str:
    return RelyingParty(house, "docs").start("openid docs.read", **more)


def opened(browser: Browser) -> bool:
    return "code" in browser.query


def test_a_passkey_opens_what_policy_names_and_it_is_said_everywhere(house: House) -> None:
    subject, key = known(house, "ann")
    MOF.down = True
    house.clock.move(hours=1)
    browser = by_passkey(house, docs(house), key)
    assert opened(browser), browser.main
    (session,) = house.idp.ports.truth.sessions.of(subject.id, house.clock())
    assert session.degraded and session.expires_at == house.clock() + GRACE - timedelta(hours=1)
    said = RelyingParty(house, "docs").redeem(browser).json
    assert said is not None
    told = RelyingParty(house, "docs").post("/introspect", {"token": said["access_token"]}).json
    assert told is not None and told["active"] and told["degraded"] is True
    again = Browser(house)
    again.http = browser.http
    assert RelyingParty(house, "docs").id_token(again.get(docs(house)))["degraded"] is True
    (row,) = house.idp.ports.truth.audit.search(name="sign-in.succeeded", limit=1)
    assert '"degraded":true' in row.body


def test_while_the_directory_answers_nothing_of_it_is_said(house: House) -> None:
    _, key = known(house, "bea")
    claims = RelyingParty(house, "docs").id_token(by_passkey(house, docs(house), key))
    assert "degraded" not in claims


def test_applications_that_are_not_named_stay_shut(house: House) -> None:
    _, key = known(house, "cem")
    MOF.down = True
    browser = by_passkey(house, RelyingParty(house).start("openid profile"), key)
    assert not opened(browser)
    assert browser.status == 403, browser.main


def test_a_password_alone_never(house: House) -> None:
    known(house, "dan")
    MOF.down = True
    for typed in ("dan's", "wrong"):
        browser = Browser(house).get(docs(house)).submit(username="dan@mof.example")
        browser.submit(password=typed)
        assert browser.status == 503 and not opened(browser)
        assert "cannot be reached" in browser.main


def test_a_disabled_person_never(house: House) -> None:
    subject, key = known(house, "eva")
    disable(house.idp, OPERATOR, subject.id, "under inquiry", house.clock())
    MOF.down = True
    browser = by_passkey(house, docs(house), key)
    assert not opened(browser) and browser.path == "/sign-in"


def test_whom_the_directory_disabled_never(house: House) -> None:
    _, key = known(house, "fay")
    entry, password = MOF.people["fay"]
    MOF.people["fay"] = (replace(entry, disabled=True), password)
    assert not opened(by_passkey(house, docs(house), key))
    MOF.down = True
    assert not opened(by_passkey(house, docs(house), key))


def test_after_the_hours_never_and_the_session_is_over_too(house: House) -> None:
    _, key = known(house, "gus")
    MOF.down = True
    house.clock.move(hours=HOURS, seconds=-60)
    browser = by_passkey(house, docs(house), key)
    assert opened(browser)
    token = RelyingParty(house, "docs").redeem(browser).json
    assert token is not None and token["expires_in"] <= 60
    house.clock.move(seconds=60)
    assert not opened(browser.get(docs(house, prompt="none"))) and browser.query["error"] == "login_required"
    late = by_passkey(house, docs(house), key)
    assert late.status == 503 and not opened(late)


def test_no_hours_is_never(house: House) -> None:
    _, key = known(house, "hal")
    mof = house.idp.ports.truth.configuration().departments["mof"]
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(replace(mof, settings={OUTAGE: {"passkey_hours": 0}}))
    MOF.down = True
    try:
        assert by_passkey(house, docs(house), key).status == 503
    finally:
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(mof)


def test_the_hours_count_from_a_reading_that_nobody_can_move_by_trying(house: House) -> None:
    subject, key = known(house, "ida")
    read_at = house.idp.ports.truth.people.link_of(subject.id)
    MOF.down = True
    for _ in range(2):
        house.clock.move(hours=1)
        assert opened(by_passkey(house, docs(house), key))
    assert house.idp.ports.truth.people.link_of(subject.id) == read_at
    house.clock.move(hours=1)
    assert not opened(by_passkey(house, docs(house), key))


def test_one_more_proof_does_not_wash_a_degraded_session(house: House) -> None:
    """A code of an app asks no directory: what opens with it is what opened without."""
    subject, key = known(house, "jan", worth=AAL1)
    app = house.app_of(subject)
    browser = by_passkey(house, docs(house), key)
    browser.submit(code=app.at(house.clock()))  # this device is known from now on
    browser.http.delete_cookie("__Host-session", domain="id.example")
    house.clock.move(minutes=1)
    MOF.down = True
    assert opened(by_passkey(house, docs(house), key, browser)), browser.main
    browser.get(RelyingParty(house, "docs").start("openid docs.read", acr_values=AAL2))
    assert browser.path == "/sign-in/totp"
    browser.submit(code=app.at(house.clock()))
    assert opened(browser)
    newest = max(house.idp.ports.truth.sessions.of(subject.id, house.clock()), key=lambda one: one.created_at)
    assert newest.degraded and newest.acr == AAL2
    browser.get(RelyingParty(house).start("openid profile"))
    assert not opened(browser)


def test_a_new_reading_washes_it(house: House) -> None:
    subject, key = known(house, "kai")
    MOF.down = True
    browser = by_passkey(house, docs(house), key)
    assert opened(browser)
    MOF.down = False
    browser.get(docs(house, prompt="login"))
    browser.submit(password="kai's")
    assert opened(browser), browser.main
    assert [one.degraded for one in house.idp.ports.truth.sessions.of(subject.id, house.clock())] == [False]


def test_a_saved_code_brings_nobody_back_who_left(house: House) -> None:
    subject, _ = known(house, "lee")
    code = _codes_of(house, subject)
    del MOF.people["lee"]
    browser = Browser(house).get(docs(house)).submit(username="lee@mof.example")
    browser.get(f"/sign-in/recovery?i={browser.query['i']}").submit(code=code)
    assert not opened(browser)
    after = house.idp.ports.truth.people.get(subject.id)
    assert after is not None and after.disabled and after.disabled_by == "directory"


def _codes_of(house: House, subject: Subject) -> str:
    idp, codes = house.idp, make(house.idp.ports.random)
    one = Authenticator(idp.id("factor"), subject.id, "recovery", "", None, {}, AAL2, ("test",), house.clock())
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_recovery(one, [hash_of(idp, code) for code in codes])
    return codes[0]


def test_a_link_that_was_never_read_since_is_old(house: House) -> None:
    """An entry that was written down long ago does not become new by an outage."""
    subject, key = known(house, "mia")
    link = house.idp.ports.truth.people.link_of(subject.id)
    assert link is not None
    with house.idp.ports.truth.begin() as tx:
        tx.people.touch_link(Link(link.subject_id, link.department_id, link.stable_id, house.clock() - GRACE))
    MOF.down = True
    assert by_passkey(house, docs(house), key).status == 503

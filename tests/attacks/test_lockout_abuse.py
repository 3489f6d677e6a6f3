"""A stranger who guesses for ever shuts nobody out: not here, not at the directory, not by wearing out a ceiling."""

from collections.abc import Iterator

import pytest

from idp.flows.sign_in import recovery
from idp.model import AAL2, FAILURES_CEILING, Authenticator, Subject
from tests.support.authenticator import Passkey
from tests.support.directory import Directory
from tests.support.house import Browser, House, house_in

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


LOCKS = Directory("locks", 10)
GUESSES = 1_000
"""Each waits for the even pace of all failures."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    guessing = {"network_burst": 100_000, "interactions_per_network": 1_000_000}
    with house_in(tmp_path_factory.mktemp("house"), {"locks": LOCKS}, guessing=guessing) as found:
        yield found


def failures(house: House, subject: Subject) -> int:
    return house.factors(subject, "password")[0].failures


def guess(house: House, name: str, times: int, *, minutes: float = 0) -> None:
    """One stranger's browser, one interaction, one wrong password after the other."""
    stranger = Browser(house, "203.0.113.7").get("/sign-in").submit(username=name)
    for number in range(times):
        stranger.submit(password=f"guess {number}")
        assert stranger.path == "/sign-in/password" and stranger.status == 200
        if minutes:
            house.clock.move(minutes=minutes)
            if number % 2 == 1:
                stranger.get("/sign-in").submit(username=name)


def saved_code(house: House, subject: Subject) -> str:
    idp = house.idp
    made = Authenticator(idp.id("factor"), subject.id, "recovery", "", None, {}, AAL2, ("test",), house.clock())
    code = recovery.codes.make(idp.ports.random)[0]
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_recovery(made, [recovery.hash_of(idp, code)])
    return code


def test_days_of_guesses_never_come_to_the_ceiling_of_whoever_has_what_nobody_guesses(house: House) -> None:
    subject = house.person("rare", "quiet harbour in winter")
    saved_code(house, subject)
    guess(house, "rare@local.example", 60, minutes=16)
    assert failures(house, subject) <= house.idp.settings.guessing.stranger_burst
    assert house.factors(subject, "password")


def test_whoever_has_nothing_else_is_heard_later_and_later_and_never_comes_to_the_ceiling(house: House) -> None:
    subject = house.person("plain", "quiet harbour in winter")
    guess(house, "plain@local.example", 150, minutes=16)
    rules = house.idp.settings.guessing
    assert failures(house, subject) <= rules.stranger_daily_burst + 3 < FAILURES_CEILING


def test_the_owner_goes_on_at_a_known_device_while_strangers_guess(house: House) -> None:
    subject = house.person("owner", "quiet harbour in winter")
    app = house.app_of(subject)
    own = Browser(house).sign_in("/me", "owner", "quiet harbour in winter", app)
    assert own.path == "/me"
    guess(house, "owner@local.example", 40)
    again = Browser(house)
    again.plant("device", own.cookie("device") or "")
    house.clock.move(minutes=2)
    assert again.sign_in("/me", "owner", "quiet harbour in winter", app).path == "/me"
    assert failures(house, subject) == 0  # the right one counts from none again


def test_a_saved_code_is_heard_where_passwords_are_not(house: House) -> None:
    subject = house.person("saved", "quiet harbour in winter")
    code = saved_code(house, subject)
    guess(house, "saved@local.example", 20)
    browser = Browser(house, "198.51.100.3").get("/me").submit(username="saved@local.example")
    browser.submit(password="quiet harbour in winter")
    assert browser.path == "/sign-in/password"  # right, and not heard
    assert "/sign-in/recovery" in browser.page
    link = next(part.split('"')[0] for part in browser.page.split('href="') if part.startswith("/sign-in/recovery"))
    browser.get(link.replace("&amp;", "&")).submit(code=recovery.codes.shown(code))
    assert browser.path == "/sign-in/password"
    browser.submit(password="quiet harbour in winter")
    assert browser.path != "/sign-in/password"


def test_a_passkey_is_heard_where_passwords_are_not(house: House) -> None:
    subject = house.person("keyed", "quiet harbour in winter")
    app = house.app_of(subject)
    own = Browser(house).sign_in("/me/methods/add/passkey", "keyed", "quiet harbour in winter", app)
    key = Passkey()
    own.submit(credential=key.register(own.options()), name="Key")
    guess(house, "keyed@local.example", 20)
    fresh = Browser(house, "198.51.100.4").get("/me")
    fresh.submit(credential=key.sign(fresh.options()))
    assert fresh.path == "/me"


def test_the_ceiling_switches_off_and_tells_the_person_and_the_operator(house: House) -> None:
    subject = house.person("worn", "quiet harbour in winter")
    (held,) = house.factors(subject, "password")
    with house.idp.ports.truth.begin() as tx:
        for _ in range(FAILURES_CEILING - 1):
            tx.authenticators.count_failure(held.id, house.clock())
    before = house.alerts("factor-disabled")
    guess(house, "worn@local.example", 1)
    assert house.factors(subject, "password") == [] and house.alerts("factor-disabled") == before + 1
    assert [one.kind for one in house.idp.ports.truth.notices.of(subject.id, subject.created_at)] == ["factor-disabled"]


@pytest.mark.ci
def test_a_thousand_guesses(house: House) -> None:
    entry = LOCKS.add("dora", "dora's")
    guess(house, "dora@locks.example", GUESSES // 2)
    assert LOCKS.wrong[entry.stable_id] < 10 and not LOCKS.locked(entry)
    subject = house.person("thousand", "quiet harbour in winter")
    app = house.app_of(subject)
    own = Browser(house).sign_in("/me", "thousand", "quiet harbour in winter", app)
    guess(house, "thousand@local.example", GUESSES // 2)
    again = Browser(house)
    again.plant("device", own.cookie("device") or "")
    house.clock.move(minutes=2)
    assert again.sign_in("/me", "thousand", "quiet harbour in winter", app).path == "/me"

"""Against the links of letters: guessing, replaying, opening without pressing, and names that write letters."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pyotp import TOTP

from idp.flows import letters, notices
from idp.flows.sign_in.not_me import LINK_LIFE
from idp.model import Subject, Text
from tests.support.house import Browser, House, house_in

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


APPS: dict[str, TOTP] = {}


def signed_in(house: House, name: str) -> tuple[Browser, Subject]:
    subject = house.person(name, PASSWORD)
    APPS[name] = house.app_of(subject)
    return again(house, name), subject


def again(house: House, name: str) -> Browser:
    """In one more browser."""
    house.clock.move(minutes=1)
    browser = Browser(house)
    browser.get("/me")
    browser.submit(username=f"{name}@local.example").submit(password=PASSWORD)
    if browser.path == "/sign-in/totp":
        browser.submit(code=APPS[name].at(house.clock()))
    assert (browser.status, browser.path) == (200, "/me"), browser.page[:1500]
    return browser


def letter(house: House, subject: Subject, kind: notices.Kind = "new-device", **facts: str) -> str:
    """The path of the link in a letter that has just been sent."""
    before = {one.id for one in house.idp.ports.truth.notices.of(subject.id, house.clock())}
    with house.idp.ports.truth.begin() as tx:
        notices.tell(house.idp, tx, subject.id, kind, **facts)
    held = house.idp.ports.truth.notices.of(subject.id, house.clock())
    (notice,) = (one for one in held if one.id not in before)
    _, text, _ = letters.written(house.idp, subject, notice)
    found = re.search(r"/not-me/[\w-]+", text)
    assert found is not None
    return found[0]


def test_the_button_ends_other_sessions_and_tells_an_administrator(house: House) -> None:
    thief, subject = signed_in(house, "anna")
    link, alerts = letter(house, subject), house.alerts("not-me")
    mail = Browser(house)
    assert "Was this you?" in mail.get(link).page
    mail.submit(do="not-me")
    assert "1 session was ended" in mail.page
    assert thief.get("/me").path == "/sign-in"
    assert house.alerts("not-me") == alerts + 1
    assert mail.cookie("session") is None  # a letter signs nobody in
    assert house.factors(subject, "password")[0].state["due"] == "disowned"


def test_who_is_signed_in_keeps_that_session_alone(house: House) -> None:
    mine, subject = signed_in(house, "bert")
    other = again(house, "bert")
    mine.get(letter(house, subject)).submit(do="not-me")
    assert mine.get("/me").path == "/me"
    assert other.get("/me").path == "/sign-in"


def test_somebody_elses_session_is_no_reason_to_keep_or_end_it(house: House) -> None:
    bystander, _ = signed_in(house, "cleo")
    victim, subject = signed_in(house, "dora")
    bystander.get(letter(house, subject)).submit(do="not-me")
    assert bystander.get("/me").path == "/me"
    assert victim.get("/me").path == "/sign-in"


def test_opening_a_link_changes_nothing(house: House) -> None:
    browser, subject = signed_in(house, "emil")
    link, before = letter(house, subject), len(house.events())
    for _ in range(3):
        assert Browser(house).get(link).status == 200
    assert len(house.events()) == before
    assert browser.get("/me").path == "/me"
    assert house.idp.ports.truth.notices.of(subject.id, house.clock())[0].answered_at is None


def test_unknown_used_and_old_links_read_the_same(house: House) -> None:
    _, subject = signed_in(house, "fay")
    used, old, mail = letter(house, subject), letter(house, subject), Browser(house)
    mail.get(used).submit(do="not-me")
    house.clock.move(seconds=(LINK_LIFE + timedelta(seconds=1)).total_seconds())
    paths = (used, old, "/not-me/" + "A" * 43, "/not-me/x", "/not-me/" + "A" * 4000)
    pages = {re.sub(r'href="/not-me/[^"]*"', "", mail.get(path).page) for path in paths}
    assert {mail.get(path).status for path in paths} == {410}
    assert len(pages) == 1


def test_a_link_acts_once(house: House) -> None:
    _, subject = signed_in(house, "gina")
    link, mail = letter(house, subject), Browser(house)
    mail.get(link).submit(do="not-me")
    (held,) = house.factors(subject, "password")
    with house.idp.ports.truth.begin() as tx:  # as if a new password had been chosen
        tx.authenticators.change(replace(held, state={}))
    alerts, later = house.alerts("not-me"), again(house, "gina")
    answer = mail.post(link, {"csrf": house.idp.ports.sealer.digest("csrf", f"{mail.cookie('binding')}|not-me")})
    assert answer.status_code == 410
    assert later.get("/me").path == "/me"
    assert house.alerts("not-me") == alerts


def test_a_form_from_elsewhere_is_refused(house: House) -> None:
    browser, subject = signed_in(house, "hugo")
    link = letter(house, subject)
    assert Browser(house).post(link, {"csrf": "x"}).status_code == 403
    assert browser.get("/me").path == "/me"


def test_a_factor_that_its_owner_disowns_is_removed_and_no_other(house: House) -> None:
    _, subject = signed_in(house, "ines")
    house.app_of(subject)
    kept, stranger = house.factors(subject, "totp")
    Browser(house).get(
        letter(house, subject, "factor-added", authenticator=stranger.id, factor="totp", name="App")
    ).submit(do="not-me")
    assert [one.id for one in house.factors(subject, "totp")] == [kept.id]
    Browser(house).get(
        letter(house, subject, "factor-removed", authenticator=kept.id, factor="totp", name="App")
    ).submit(do="not-me")
    assert [one.id for one in house.factors(subject, "totp")] == [kept.id]


def test_a_letter_cannot_remove_somebody_elses_factor(house: House) -> None:
    _, subject = signed_in(house, "jon")
    _, other = signed_in(house, "kim")
    (held,) = house.factors(other, "totp")
    Browser(house).get(letter(house, subject, "factor-added", authenticator=held.id, factor="totp", name="App")).submit(
        do="not-me"
    )
    assert len(house.factors(other, "totp")) == 1


HOSTILE = {
    "header": "Phone\r\nBcc: all@local.example\r\n\r\nhello",
    "markup": '<a href="https://evil.example">x</a><script>alert(1)</script>',
    "link": "https://evil.example/sign-in",
    "format": "%(service)s %s %(missing)s",
    "long": "x" * 5000,
    "bidi": "a\u202egnp.exe",
}


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
def test_names_write_no_letters(house: House, name: str) -> None:
    folder = Path(house.idp.settings.stores.state_dir) / "mail"
    letters.send_due(house.idp)
    subject = house.person("lea" + str(len(list(folder.glob("*.eml")))), PASSWORD)
    with house.idp.ports.truth.begin() as tx:
        tx.people.change(replace(subject, display_name=Text(name, name)))
        notices.tell(house.idp, tx, subject.id, "factor-added", factor="totp", name=name, device=name)
    before = set(folder.glob("*.eml"))
    assert letters.send_due(house.idp) == 1
    (file,) = set(folder.glob("*.eml")) - before
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Bcc"]) == (subject.mail, None)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and html is not None
    text, markup = plain.get_content(), html.get_content()
    assert len(text) < 2000
    assert "https://evil.example" not in text
    assert "<script" not in markup and markup.count("<a href=") == 1
    assert "\u202e" not in text

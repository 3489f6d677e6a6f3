"""The outbox: what letters say, when they are tried again, and when they are given up."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from adapters.mail import OutgoingMail, by_smtp
from adapters.memory import MemoryMail
from config.settings import Mail
from idp.errors import Unavailable, Undeliverable
from idp.flows import letters, notices
from idp.flows.context import Idp
from idp.model import Subject
from tests.support.house import House, house_in
from tests.support.postbox import postbox

KINDS = get_args(notices.Kind)
FACTS = {
    "factor": "totp",
    "name": "Phone",
    "country": "SG",
    "city": "Singapore",
    "device": "Firefox · Linux",
    "by": "desk",
    "until": "2026-11-24T02:00:00+00:00",
    "count": "2",
    "left": "7",
    "person": "Li Na",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def mail() -> MemoryMail:
    return MemoryMail()


@pytest.fixture
def idp(house: House, mail: MemoryMail) -> Idp:
    return replace(house.idp, ports=replace(house.idp.ports, mail=mail))


def told(house: House, name: str, kind: notices.Kind = "factor-added", **more: str) -> Subject:
    subject = house.person(name, "correct horse battery staple")
    say(house, subject, kind, **more)
    return subject


def say(house: House, subject: Subject, kind: notices.Kind, **more: str) -> None:
    with house.idp.ports.truth.begin() as tx:
        notices.tell(house.idp, tx, subject.id, kind, **FACTS | more)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_whole_in_both_languages(house: House, kind: notices.Kind, language: str) -> None:
    subject = replace(house.person(f"{kind}-{language.lower()}", "correct horse battery staple"), language=language)
    say(house, subject, kind)
    (notice,) = house.idp.ports.truth.notices.of(subject.id, house.clock())
    title, text, html = letters.written(house.idp, subject, notice)
    assert "…" not in text + title  # a fact that is missing
    assert ("您好" in text) is (language == "zh-CN")
    assert ("2026年11月23日" if language == "zh-CN" else "23 November 2026") in text
    assert f"{house.idp.issuer}/not-me/" in text
    assert f'<a href="{house.idp.issuer}/not-me/' in html
    assert "src=" not in html and "<style" not in html
    with house.idp.ports.truth.begin() as tx:
        tx.notices.settle(notice.id, sent_at=house.clock(), next_at=None, failure=None)


def test_a_letter_goes_to_every_address_once(house: House, idp: Idp, mail: MemoryMail) -> None:
    subject = told(house, "two")
    with house.idp.ports.truth.begin() as tx:
        tx.people.change(replace(subject, claims={"email": "two@home.example"}))
    assert letters.send_due(idp) == 1
    assert [one.to for one in mail.sent] == ["two@local.example", "two@home.example"]
    house.clock.move(hours=1)
    assert letters.send_due(idp) == 0


def test_what_is_away_is_tried_again_with_growing_waits(house: House, idp: Idp, mail: MemoryMail) -> None:
    told(house, "later")
    for wait in letters.WAITS[:3]:
        mail.answers = [Unavailable("mail", "ConnectionRefusedError")]
        assert letters.send_due(idp) == 0
        house.clock.move(seconds=wait.total_seconds() - 1)
        assert letters.send_due(idp) == 0 and mail.sent == []
        house.clock.move(seconds=1)
    assert letters.send_due(idp) == 1
    assert house.idp.ports.truth.notices.waiting() == 0


def test_after_three_days_it_is_given_up_and_one_alert_says_so(house: House, idp: Idp, mail: MemoryMail) -> None:
    told(house, "never"), told(house, "nor")
    began = house.clock()
    for _ in range(200):
        mail.answers = [Unavailable("mail", "TimeoutError")] * 2
        letters.send_due(idp)
        if not house.idp.ports.truth.notices.waiting():
            break
        house.clock.move(minutes=30)
    assert letters.GIVE_UP - letters.WAITS[-1] <= house.clock() - began <= letters.GIVE_UP
    assert mail.sent == []
    assert house.alerts("mail-lost") == 1
    assert house.events("mail.lost") == ["mail.lost", "mail.lost"]


def test_an_address_that_is_refused_is_not_tried_again(house: House, idp: Idp, mail: MemoryMail) -> None:
    before = house.alerts("mail-lost")
    told(house, "gone")
    mail.answers = [Undeliverable("refused")]
    assert letters.send_due(idp) == 0
    assert house.idp.ports.truth.notices.waiting() == 0
    assert house.alerts("mail-lost") == before  # a wrong address is no trouble of the server's


def test_a_letter_that_cannot_be_written_holds_up_no_other(house: House, idp: Idp, mail: MemoryMail) -> None:
    told(house, "odd", until="no moment")
    told(house, "even")
    assert letters.send_due(idp) == 1
    assert [one.to for one in mail.sent] == ["even@local.example"]
    assert house.idp.ports.truth.notices.waiting() == 0


def test_a_round_stops_knocking_at_a_closed_door(house: House, idp: Idp, mail: MemoryMail) -> None:
    for number in range(letters.PATIENCE + 2):
        told(house, f"many{number}")
    mail.answers = [Unavailable("mail")] * letters.PATIENCE
    assert letters.send_due(idp) == 0
    assert mail.answers == [] and mail.sent == []
    house.clock.move(minutes=2)
    assert letters.send_due(idp) == letters.PATIENCE + 2


def test_a_server_that_is_down_holds_the_letter_and_nothing_else(house: House, tmp_path: Path) -> None:
    with postbox(tmp_path) as server:
        where = {"server": "localhost", "port": server.port, "ca_file": server.ca_file, "sender": "a@id.example"}
        over = OutgoingMail(by_smtp(Mail.model_validate(where)), "a@id.example")
        idp = replace(house.idp, ports=replace(house.idp.ports, mail=over))
        server.answers = ["451 not now"]
        subject = told(house, "patient")
        assert letters.send_due(idp) == 0
        (waiting,) = house.idp.ports.truth.notices.of(subject.id, house.clock())
        assert (waiting.attempts, waiting.sent_at) == (1, None)
        house.clock.move(seconds=11)
        assert letters.send_due(idp) == 1
        assert "patient@local.example" in server.letters[0][1][0]

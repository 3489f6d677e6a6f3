"""People and accounts, as an administrator changes them."""

import re

import pytest

from idp.errors import Conflict, Invalid, NotFound
from idp.flows.admin import accounts, people
from idp.flows.admin.accounts import NewPerson
from idp.flows.admin.scope import OPERATOR, Admin
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.model import Subject, Text
from idp.secret import Secret
from tests.support.house import Browser, House

PASSWORD = "a password of some length"


def entered(house: House, subject: Subject, password: str = PASSWORD) -> Browser:
    """A browser in which they signed in, as far as that went."""
    name = subject.identifiers[0].partition("@")[0]
    return Browser(house).sign_in("/me", name, password, house.app_of(subject))


def test_a_code_has_sixty_bits_in_groups_and_only_its_hash_is_kept(house: House) -> None:
    subject, now = house.person("anna", PASSWORD), house.clock()
    code, until = people.enrolment_code(house.idp, OPERATOR, subject.id, "new phone", now)
    assert re.fullmatch("[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}", code)
    assert len(people.ALPHABET) == 32
    assert (until - now).total_seconds() == house.idp.settings.life.enrolment_code_hours * 3600
    with house.idp.ports.truth.begin() as tx:
        spent = tx.authenticators.spend_code(
            subject.id, hash_code(house.idp, clean_code(code.lower())), now, "enrolment"
        )
    assert spent is not None
    assert code not in repr(spent)


def test_a_newer_code_voids_the_older(house: House) -> None:
    subject, now = house.person("bea", PASSWORD), house.clock()
    old, _ = people.enrolment_code(house.idp, OPERATOR, subject.id, "r", now)
    people.enrolment_code(house.idp, OPERATOR, subject.id, "r", now)
    with house.idp.ports.truth.begin() as tx:
        assert tx.authenticators.spend_code(subject.id, hash_code(house.idp, clean_code(old)), now, "enrolment") is None


def test_disabling_ends_what_is_open(house: House) -> None:
    subject = house.person("carl", PASSWORD)
    browser = entered(house, subject)
    assert browser.path == "/me"
    people.disable(house.idp, OPERATOR, subject.id, "left", house.clock())
    assert browser.get("/me").path == "/sign-in"
    assert entered(house, subject).path == "/sign-in/password"
    people.enable(house.idp, OPERATOR, subject.id, "back")
    house.clock.move(minutes=16)
    assert entered(house, subject).path == "/me"


def test_nobody_disables_or_vouches_for_themselves(house: House) -> None:
    subject = house.person("dan", PASSWORD)
    herself = Admin(subject.id, frozenset(), None, OPERATOR.permissions)
    with pytest.raises(Conflict):
        people.disable(house.idp, herself, subject.id, "r", house.clock())
    with pytest.raises(Conflict):
        people.enrolment_code(house.idp, herself, subject.id, "r", house.clock())


def test_sessions_end_and_one_s_own_are_told_from_others(house: House) -> None:
    one, other = house.person("eva", PASSWORD), house.person("fay", PASSWORD)
    browser = entered(house, one)
    sid = house.idp.ports.truth.sessions.of(one.id, house.clock())[0].sid
    with pytest.raises(NotFound):
        people.end_session(house.idp, OPERATOR, other.id, sid, house.clock())
    assert people.end_sessions(house.idp, OPERATOR, one.id, "lost laptop", house.clock()) == 1
    assert browser.get("/me").path == "/sign-in"


def test_a_removed_factor_is_gone_with_all_that_was_open(house: House) -> None:
    subject = house.person("gus", PASSWORD)
    house.app_of(subject)
    held = house.factors(subject, "totp")[0]
    people.remove_authenticator(house.idp, OPERATOR, subject.id, held.id, "lost", house.clock())
    assert house.factors(subject, "totp") == []
    for authenticator in (held.id, "factor_x"):
        with pytest.raises(NotFound):
            people.remove_authenticator(house.idp, OPERATOR, subject.id, authenticator, "lost", house.clock())


def test_an_account_is_added_and_its_password_works(house: House) -> None:
    new = NewPerson("local", ("li.na", "li.na@local.example"), Text("Li Na", "李娜"), "li.na@local.example")
    subject = accounts.add(house.idp, OPERATOR, new, "hired", house.clock())
    accounts.set_password(house.idp, OPERATOR, subject.id, Secret(PASSWORD), "first", house.clock())
    first = entered(house, subject)
    assert first.path == "/sign-in/new-password"  # somebody else made it
    assert first.submit(new="a new one of her own").path == "/me"
    assert people.search(house.idp, OPERATOR, "李娜").total == 1
    assert people.resolve(house.idp, OPERATOR, "li.na@local.example", house.clock()).id == subject.id
    accounts.set_password(house.idp, OPERATOR, subject.id, Secret("another password of hers"), "forgot", house.clock())
    house.clock.move(minutes=16)
    assert entered(house, subject).path == "/sign-in/password"
    with pytest.raises(Conflict):
        accounts.add(house.idp, OPERATOR, new, "again", house.clock())


def test_every_problem_of_a_new_account_is_told_at_once(house: House) -> None:
    wrong = NewPerson("country", ("",), Text("", ""), "nowhere", clearance=9)
    with pytest.raises(Invalid) as told:
        accounts.add(house.idp, OPERATOR, wrong, "r", house.clock())
    assert {line.partition(":")[0] for line in told.value.message.splitlines()} == {
        "department", "identifier", "name", "mail", "clearance",
    }  # fmt: skip


@pytest.mark.parametrize("password", ["", "short", "anders@local.example", "x" * 1025, "with a \0 in it"])
def test_a_password_that_is_none_is_refused(house: House, password: str) -> None:
    found = people.search(house.idp, OPERATOR, "anders").people
    subject = found[0] if found else house.person("anders", PASSWORD)
    with pytest.raises(Invalid):
        accounts.set_password(house.idp, OPERATOR, subject.id, Secret(password), "r", house.clock())

"""People and groups as no directory should have them: ten thousand members, garbage, no UTF-8, names made of filters.

Nobody becomes another person by how they are called, and nobody gains a role by it. On a real slapd.
Spec: RFC 4515 §3 (escaping in filters), RFC 4514 §2.4 (in names), RFC 3629 (UTF-8).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ldap3.utils.dn import escape_rdn

from demo.directories import edit
from demo.directories.cast import ssha
from idp.errors import Ambiguous, ProofRejected, Unavailable
from idp.flows.people import take_over
from idp.model import Entry
from idp.secret import Secret
from tests.stories.faults.ground import Ground, opened
from tests.support.line import FINE, Trouble

pytestmark = pytest.mark.ci
PEOPLE, GROUPS = "ou=people,dc=mof,dc=example", "ou=groups,dc=mof,dc=example"
PASSWORD = "Demo-strange-1"
FILTERS = ("*", "he.pin*", "*)(uid=*", "he.ping)(|(uid=*", "*))(|(objectClass=*", "\\2a", "he.ping\\00", "(he.ping)",
           "he.ping)(&)", "&(uid=he.ping)", "he.ping\n", "he.ping\x00", "\ud800", "uid=he.ping,ou=people")  # fmt: skip


def found(ground: Ground, uid: str) -> Entry:
    entry = ground.connector.find(uid)
    assert entry is not None, uid
    return entry


@contextmanager
def somebody(ground: Ground, uid: str, **more: str) -> Iterator[str]:
    """A person of that name in the directory, with a password; the entry's name."""
    dn = f"uid={escape_rdn(uid)},{PEOPLE}"
    held = {"uid": uid, "cn": "Strange", "sn": "Strange", "mail": "strange@mof.example", **more}
    edit.add(ground.directory.prepared, dn, {"objectClass": ["inetOrgPerson"], **held,
                                             "userPassword": ssha(PASSWORD, uid)})  # fmt: skip
    try:
        yield dn
    finally:
        edit.delete(ground.directory.prepared, dn)


@contextmanager
def group(ground: Ground, name: str, members: list[str]) -> Iterator[None]:
    dn = f"cn={escape_rdn(name)},{GROUPS}"
    edit.add(ground.directory.prepared, dn, {"objectClass": ["groupOfNames"], "cn": name, "member": members})
    try:
        yield
    finally:
        edit.delete(ground.directory.prepared, dn)


@pytest.mark.parametrize("typed", FILTERS, ids=[f"filter{number}" for number in range(len(FILTERS))])
def test_a_filter_is_nobodys_name(ground: Ground, typed: str) -> None:
    assert ground.connector.find(typed) is None
    assert ground.connector.read(typed) is None


@pytest.mark.parametrize("typed", ["*@mof.example", "he.pin*@mof.example", "*)(mail=he.ping@mof.example"])
def test_a_filter_with_the_right_password_opens_nothing(ground: Ground, typed: str) -> None:
    """The page is that of a wrong password: 200, and no word of the directory."""
    uid = typed.removesuffix("@mof.example")
    browser = ground.sign_in(uid, password="Demo-he.ping-1")
    assert not opened(browser) and browser.status == 200 and browser.cookie("session") is None


STRANGE = ("*", "a(b)c", "x)(uid=he.ping", "o'brien\\5c", "a,b=c+d", "<b>bold</b>", "王 伟")


@pytest.mark.parametrize("uid", STRANGE, ids=[f"name{number}" for number in range(len(STRANGE))])
def test_whoever_is_really_called_so_is_themselves_and_has_their_own_groups(ground: Ground, uid: str) -> None:
    """The entry's name goes into the question for groups, and the group's into the mapping."""
    with somebody(ground, uid) as dn, group(ground, "x)(cn=payroll-approvers", [dn]):
        entry = found(ground, uid)
        assert entry.identifiers[0] == uid and entry.groups == ("x)(cn=payroll-approvers",)
        ground.connector.verify_password(entry, Secret(PASSWORD))
        with pytest.raises(ProofRejected):
            ground.connector.verify_password(entry, Secret("Demo-he.ping-1"))
        assert ground.connector.read(entry.stable_id) == entry
        subject = take_over(ground.house.idp, ground.department, entry, ground.house.clock())
        assert not ground.house.idp.ports.truth.people.role_grants(subject.id)
    ground.works_again("he.ping")


def test_a_mail_address_that_is_markup_stays_text(ground: Ground) -> None:
    with somebody(ground, "marked", mail='"<script>alert(1)</script>"@mof.example', cn="<img src=x>Marked"):
        browser = ground.sign_in("MOF\\marked", password=PASSWORD)
        assert opened(browser)
        assert "<script>alert" not in browser.page and "<img src=x" not in browser.page


def test_a_stable_id_that_another_entry_took_is_two_people_and_nobody(ground: Ground) -> None:
    """Names are given to others, ids must not be: what the id says of two is no answer."""
    held = ground.department.settings["attributes"]
    assert isinstance(held, dict)
    with ground.settings(attributes={**held, "stable_id": "employeeNumber"}):
        first, second = (somebody(ground, uid, employeeNumber="7") for uid in ("first", "second"))
        with first, second, pytest.raises(Ambiguous):
            ground.connector.read("7")
        with somebody(ground, "third", employeeNumber="8"):
            assert found(ground, "third").stable_id == "8"


def test_a_group_of_ten_thousand(ground: Ground) -> None:
    """One of ten thousand is asked for by name; the members are never carried over at a sign-in."""
    dn = found(ground, "he.ping").dn
    members = [dn, *(f"uid=member{number},{PEOPLE}" for number in range(9_999))]
    with group(ground, "everyone-here", members):
        began = time.monotonic()
        assert "everyone-here" in found(ground, "he.ping").groups
        assert time.monotonic() - began < 1.0
        assert opened(ground.sign_in("he.ping"))
        everybody = {entry.dn: entry for entry in ground.connector.entries()}
        assert "everyone-here" in everybody[dn].groups
        assert sum("everyone-here" in entry.groups for entry in everybody.values()) == 1
    assert "everyone-here" not in found(ground, "he.ping").groups


@pytest.mark.parametrize("octets", [b"\xff\xfe\xfa", b"\xc0\xaf\xc0", b"\xed\xa0\x80", b"\x00\x00\x00"],
                         ids=["no-utf8", "overlong", "surrogate", "nul"])  # fmt: skip
def test_a_name_without_utf8_is_left_out_and_its_person_comes_in(ground: Ground, octets: bytes) -> None:
    name = "何平".encode()
    ground.line.becomes(Trouble(swap=lambda said: said.replace(name, octets + name[len(octets) :])))
    try:
        entry = found(ground, "he.ping")
        assert (entry.display_name, entry.display_name_zh) == ("He Ping", None)
        assert opened(ground.sign_in("he.ping"))
    finally:
        ground.line.becomes(FINE)
    assert found(ground, "he.ping").display_name_zh == "何平"


def test_a_stable_id_without_utf8_is_no_person(ground: Ground) -> None:
    own = found(ground, "he.ping").stable_id
    ground.line.becomes(Trouble(swap=lambda said: said.replace(own.encode(), b"\xff" * len(own))))
    try:
        with pytest.raises(Unavailable, match=r"stable_id: .* has 0 values"):
            ground.connector.find("he.ping")
        assert ground.sign_in("he.ping").status == 503
    finally:
        ground.line.becomes(FINE)
    ground.works_again("he.ping")


def test_values_of_a_megabyte_are_left_out_and_their_person_comes_in(ground: Ground) -> None:
    """As many as an answer may hold; beyond that the directory is told to be at fault, and nobody waits for ever."""
    dn, prepared = found(ground, "gao.feng").dn, ground.directory.prepared
    edit.replace(prepared, dn, "title", ["x" * 1_000_000])
    assert found(ground, "gao.feng").title is None
    assert opened(ground.sign_in("gao.feng"))
    edit.replace(prepared, dn, "title", ["x" * 1_200_000, "y" * 1_200_000])
    began = time.monotonic()
    assert ground.sign_in("gao.feng").status == 503
    assert time.monotonic() - began < 4
    edit.replace(prepared, dn, "title", ["Debt manager"])
    ground.works_again("gao.feng")
    assert opened(ground.sign_in("he.ping"))

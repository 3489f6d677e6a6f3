"""Passkeys of other sites, other people, other models, copied ones, and answers that were made for another page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticatorData

from idp.authn.factors import passkey
from idp.errors import ProofRejected
from idp.model import Authenticator
from tests.support.authenticator import NORMAL, Passkey
from tests.support.fido import BLUE, RED, Authority
from tests.support.house import Browser, House, RelyingParty, house_in
from tests.support.passkeys import MAKER, SYNCED, blue_key, by_passkey, hold, know

NAMES = (f"holder{number}" for number in count())
DOCS = "openid docs.read"


def with_key(house: House, key: Passkey | None = None) -> tuple[Passkey, Authenticator]:
    key = key or Passkey()
    return key, hold(house, house.person(next(NAMES), "p"), key)


def into_docs(house: House) -> str:
    return RelyingParty(house, "docs").start(scope=DOCS)


def is_in(browser: Browser) -> bool:
    return browser.url.startswith("https://docs.example/callback")


def refused(browser: Browser) -> bool:
    return browser.path == "/sign-in" and "This passkey is not known here" in browser.page


def test_the_right_one_is_in(house: House) -> None:
    key, _ = with_key(house)
    assert is_in(by_passkey(house, into_docs(house), key))


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://id.example.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "https://sub.id.example"},
        {"origin": "http://id.example"},
        {"origin": "https://related.example"},
        {"party": "evil.example"},
        {"party": "example"},
        {"party": "sub.id.example"},
        {"flags": AuthenticatorData.FLAG.UP},
        {"flags": AuthenticatorData.FLAG.UV},
        {"handle": b"sub_somebody_else"},
        {"challenge": websafe_encode(b"x" * 56)},
        {"type": "webauthn.create"},
    ],
    ids=lambda one: "-".join(f"{name}={value}" for name, value in one.items())[:50],
)
def test_each_wrong_answer_is_refused_and_the_next_right_one_is_in(house: House, changed: dict[str, object]) -> None:
    """Another origin, another relying party, verification stripped, another person's handle, another challenge."""
    key, _ = with_key(house)
    browser = by_passkey(house, into_docs(house), key, **changed)  # type: ignore[arg-type]
    assert refused(browser)
    assert is_in(browser.submit(credential=key.sign(browser.options())))


def test_inside_another_s_frame_no_passkey_is_taken(house: House) -> None:
    key, _ = with_key(house)
    browser = Browser(house).get(into_docs(house))
    for told in ({"crossOrigin": True}, {"crossOrigin": False, "topOrigin": "https://evil.example"}):
        answer = json.loads(key.sign(browser.options()))
        known = json.loads(websafe_decode(answer["response"]["clientDataJSON"])) | told
        answer["response"]["clientDataJSON"] = websafe_encode(json.dumps(known).encode())
        assert refused(browser.submit(credential=json.dumps(answer)))


def test_a_passkey_of_somebody_else_is_no_second_factor(house: House) -> None:
    """Mallory's own passkey after Victim's password."""
    victim, mallory = next(NAMES), Passkey()
    me = house.person(victim, "phished", roles=("payroll-approver",))
    hold(house, me, Passkey())
    hold(house, house.person(next(NAMES), "p"), mallory)
    browser = Browser(house).sign_in(RelyingParty(house).start(scope="openid payroll.approve"), victim, "phished")
    assert browser.path == "/sign-in/passkey"
    browser.submit(credential=mallory.sign(browser.options()))
    assert browser.path == "/sign-in/passkey" and "not accepted" in browser.page


def test_an_answer_is_for_one_interaction_and_once(house: House) -> None:
    key, _ = with_key(house)
    here, there = Browser(house).get(into_docs(house)), Browser(house).get(into_docs(house))
    answer = key.sign(here.options())
    assert refused(there.submit(credential=answer))
    assert is_in(here.submit(credential=answer))
    assert refused(Browser(house).get(into_docs(house)).submit(credential=answer))


def test_a_counter_that_goes_back_ends_the_try_and_the_second_one_ends_the_passkey(house: House) -> None:
    key, one = with_key(house, Passkey(counter=5))
    before = house.alerts("copied-key")
    assert is_in(by_passkey(house, into_docs(house), key, counter=9))
    for again, live in ((8, True), (9, False)):
        assert refused(by_passkey(house, into_docs(house), key, counter=again))
        assert bool(house.idp.ports.truth.authenticators.of(one.subject_id)[1:]) is live
    assert house.alerts("copied-key") == before + 2
    told = house.idp.ports.truth.notices.of(one.subject_id, house.clock.at.replace(year=2020))
    assert [letter.kind for letter in told].count("factor-copied") == 2
    assert refused(by_passkey(house, into_docs(house), key, counter=99))  # it is over, whatever it says now


@pytest.mark.parametrize(("rule", "tries"), [("first", 1), ("second", 2), ("never", None)])
def test_when_a_copied_passkey_is_over_is_the_policy_s(tmp_path: Path, rule: str, tries: int | None) -> None:
    """The try itself is refused and told of, whatever the policy."""
    with house_in(tmp_path, authenticators={"copied": rule}) as house:
        key, one = with_key(house, Passkey(counter=5))
        assert is_in(by_passkey(house, into_docs(house), key, counter=9))
        for number in (1, 2, 3):
            assert refused(by_passkey(house, into_docs(house), key, counter=4))
            held = {each.id for each in house.idp.ports.truth.authenticators.of(one.subject_id)}
            assert (one.id in held) == (tries is None or number < tries), number
        told = house.idp.ports.truth.notices.of(one.subject_id, house.clock.at.replace(year=2020))
        assert [letter.kind for letter in told].count("factor-copied") == (tries or 3)
        assert house.alerts("copied-key") == (tries or 3)
        assert is_in(by_passkey(house, into_docs(house), key, counter=10)) == (tries is None)


def test_a_stranger_cannot_end_a_passkey_by_a_forged_counter(house: House) -> None:
    """Only who made a right signature is believed to be a copy."""
    key, one = with_key(house, Passkey(counter=5))
    thief = Passkey(id=key.id, handle=key.handle)
    for _ in range(3):
        assert refused(by_passkey(house, into_docs(house), thief, counter=1))
    assert is_in(by_passkey(house, into_docs(house), key, counter=6))
    assert one.id in [held.id for held in house.idp.ports.truth.authenticators.of(one.subject_id)]


def test_an_unknown_passkey_is_named_so_that_the_browser_forgets_it(house: House) -> None:
    """And one that is known, but wrong, is not: its owner keeps it."""
    stranger = Passkey(handle=b"nobody")
    browser = by_passkey(house, into_docs(house), stranger)
    assert f'data-credentials="{websafe_encode(stranger.id)}"' in browser.page
    key, _ = with_key(house)
    assert "data-signal" not in by_passkey(house, into_docs(house), key, signature=b"\0" * 70).page


# --- who made it ------------------------------------------------------------------------------------------------------


def registered(house: House, key: Passkey) -> passkey.Registered:
    party, known = house.idp.party, house.idp.ports.truth.models.get
    options = passkey.registration_options(party, b"c" * 32, b"sub", "n", "N", [], "attested")
    return passkey.verify_registration(party, key.register(options), b"c" * 32, known)


def test_a_model_that_proves_itself_is_attested(house: House) -> None:
    know(house)
    made = registered(house, blue_key())
    assert (made.aaguid, made.state["attested"], made.state["hardware"]) == (str(BLUE), True, True)


def test_a_forged_chain_is_refused(house: House) -> None:
    """Another maker's root of the same name; a certificate of another model of the same maker; a changed signature."""
    know(house)

    def other_model(aaguid: bytes, signed: bytes) -> tuple[str, dict[str, object]]:
        return MAKER.attest(aaguid, signed, model=RED)

    def other_signature(aaguid: bytes, signed: bytes) -> tuple[str, dict[str, object]]:
        return MAKER.attest(aaguid, signed + b"!")

    for attest in (Authority("Maker Root").attest, other_model, other_signature):
        with pytest.raises(ProofRejected):
            registered(house, Passkey(aaguid=BLUE.bytes, attest=attest))


def test_a_model_that_is_only_claimed_is_not_attested(house: House) -> None:
    """No statement, a statement by the passkey itself, or a model of which we know no root."""
    know(house)
    claimed = Passkey(aaguid=BLUE.bytes)
    unknown = Passkey(aaguid=UUID(int=99).bytes, attest=Authority("Nobody").attest)
    for key in (claimed, unknown):
        assert registered(house, key).state["attested"] is False


@contextmanager
def strict_house(folder: Path, **rules: object) -> Iterator[House]:
    with house_in(folder, authenticators=rules) as made:
        know(made)
        yield made


def approve() -> str:
    return "openid payroll.approve"


def enrolling(house: House, name: str, key: Passkey, flags: AuthenticatorData.FLAG = NORMAL) -> Browser:
    """At the page of a new passkey for payroll, the one given just now."""
    me = house.person(name, "p", roles=("payroll-approver",))
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=approve()), name, "p")
    browser.submit(way="passkey").submit(code=house.enrolment_code(me))
    assert browser.path == "/sign-in/enrol/passkey", browser.page
    return browser.submit(credential=key.register(browser.options(), flags=flags))


@pytest.mark.parametrize("kind", ["device-bound", "attested"])
def test_a_synced_passkey_does_not_open_what_asks_for_more(tmp_path: Path, kind: str) -> None:
    """Neither at enrolment nor as a way in; kept for other applications it opens those."""
    with strict_house(tmp_path, roles={"payroll-approver": kind}) as house:
        key = Passkey()
        browser = enrolling(house, "ann", key, SYNCED)
        assert browser.path == "/sign-in/enrol/passkey" and "kept by a cloud account" in browser.page
        me = next(iter(house.idp.ports.truth.people.search("ann", branch=None, offset=0, limit=1)[0]))
        assert house.factors(me, "passkey") == []
        browser.submit(do="keep")
        assert len(house.factors(me, "passkey")) == 1
        assert browser.path.startswith("/sign-in/enrol")
        again = by_passkey(house, RelyingParty(house).start(scope=approve()), key)
        assert again.path.startswith("/sign-in/enrol") and "Payroll needs" in again.page


def test_an_attested_key_opens_it_and_one_that_claims_does_not(tmp_path: Path) -> None:
    with strict_house(tmp_path, roles={"payroll-approver": "attested"}, models=[str(BLUE)]) as house:
        good = blue_key()
        assert enrolling(house, "bob", good).url.startswith("https://payroll.example/callback")
        assert by_passkey(house, RelyingParty(house).start(scope=approve()), good).url.startswith("https://payroll")
        claimed = enrolling(house, "eve", Passkey(aaguid=BLUE.bytes))
        assert claimed.path == "/sign-in/enrol/passkey" and "does not prove who made it" in claimed.page


def test_a_code_is_no_way_round_an_application_that_asks_for_a_kind(tmp_path: Path) -> None:
    with strict_house(tmp_path) as house:
        docs = house.idp.ports.truth.configuration().clients["docs"]
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(replace(docs, authenticators="device-bound"))
        me = house.person("kim", "p")
        app, synced, bound = house.app_of(me), Passkey(), Passkey()
        hold(house, me, synced, flags=SYNCED)
        browser = Browser(house).sign_in(into_docs(house), "kim", "p", app)
        assert browser.path.startswith("/sign-in/enrol") and "stays in one device" in browser.page
        assert not is_in(by_passkey(house, into_docs(house), synced))
        hold(house, me, bound)
        assert is_in(by_passkey(house, into_docs(house), bound))


def test_a_recalled_model_opens_nothing_and_cannot_be_made_anew(tmp_path: Path) -> None:
    with strict_house(tmp_path) as house:
        key, me = blue_key(), house.person("lee", "p")
        hold(house, me, key)
        inside = by_passkey(house, into_docs(house), key)
        assert is_in(inside)
        know(house, recalled_at=house.clock())
        browser = by_passkey(house, into_docs(house), key)
        assert browser.path == "/sign-in" and "was recalled" in browser.page
        assert inside.get(RelyingParty(house).start(scope=approve())).path != "/callback"
        fresh = enrolling(house, "may", blue_key())
        assert fresh.path == "/sign-in/enrol/passkey" and "was recalled" in fresh.page


def test_only_related_origins_that_are_configured(tmp_path: Path) -> None:
    with house_in(tmp_path, passkeys={"related_origins": ["https://related.example"]}) as house:
        told = house.http().get("/.well-known/webauthn", base_url="https://id.example")
        assert told.get_json() == {"origins": ["https://id.example", "https://related.example"]}
        assert told.mimetype == "application/json"
        key, _ = with_key(house)
        assert is_in(by_passkey(house, into_docs(house), key, origin="https://related.example"))
        assert refused(by_passkey(house, into_docs(house), key, origin="https://related.example.evil.example"))

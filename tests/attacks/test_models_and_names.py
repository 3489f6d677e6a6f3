"""Recalls and names of authenticators: whom they are not for, what they do not take, and what never comes back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from idp.errors import Conflict, Forged, Invalid, NotAllowed, NotFound
from idp.flows import methods
from idp.flows.admin import console_client, models
from idp.flows.admin.models import BadEntry, Metadata
from idp.flows.admin.scope import OPERATOR, SECURITY, Admin
from idp.flows.context import SignedInAs, Visit
from idp.model import Session, Subject
from idp.ports import Place
from tests.support.authenticator import Passkey
from tests.support.console import enter
from tests.support.fido import BLUE, NOW, RED, known
from tests.support.house import House, RelyingParty, house_in
from tests.support.passkeys import MAKER, blue_key, by_passkey, hold, know

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


MAY = frozenset({"admin.models.read", "admin.models.write", "admin.people.read"})
SECURE = Admin("sub_security", frozenset({SECURITY}), None, MAY)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as made:
        yield made


def told(*, serial: int = 12, due: date = date(2026, 12, 24), status: str = "FIDO_CERTIFIED_L1") -> Metadata:
    blue = replace(known(BLUE, "Blue Key 5", MAKER.der), statuses=(status,), serial=serial)
    return Metadata(serial, due, (blue, replace(known(RED, "Red Key", MAKER.der), serial=serial)))


def recalled(house: House) -> bool:
    model = house.idp.ports.truth.models.get(str(BLUE))
    return model is not None and model.recalled_at is not None


@pytest.mark.parametrize(
    "status",
    [
        "REVOKED",
        "USER_KEY_REMOTE_COMPROMISE",
        "USER_KEY_PHYSICAL_COMPROMISE",
        "ATTESTATION_KEY_COMPROMISE",
        "USER_VERIFICATION_BYPASS",
    ],
)
def test_a_model_that_becomes_broken_is_recalled_and_everybody_concerned_is_told(house: House, status: str) -> None:
    models.take(house.idp, OPERATOR, told(), "monthly")
    me = house.person("ann", "p")
    hold(house, me, blue_key())
    assert models.take(house.idp, OPERATOR, told(serial=13), "monthly").recalled == ()
    (gone,) = models.take(house.idp, OPERATOR, told(serial=14, status=status), "monthly").recalled
    assert gone.aaguid == str(BLUE)
    assert house.alerts("model-recalled") == 1
    assert [one.kind for one in house.idp.ports.truth.notices.of(me.id, NOW.replace(year=2020))] == ["model-recalled"]
    assert house.told("model.recalled")
    again = models.take(house.idp, OPERATOR, told(serial=15, status=status), "monthly")
    assert (again.recalled, house.alerts("model-recalled")) == ((), 1)


def test_older_metadata_does_not_bring_a_revoked_model_back(house: House) -> None:
    models.take(house.idp, OPERATOR, told(serial=14, status="REVOKED"), "monthly")
    with pytest.raises(Invalid, match="roll-back"):
        models.take(house.idp, OPERATOR, told(serial=13), "attack")
    models.take(house.idp, OPERATOR, told(serial=15), "a status that is gone is no pardon")
    assert recalled(house)


def test_metadata_past_its_time_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match="too old"):
        models.take(house.idp, OPERATOR, told(due=date(2026, 11, 22)), "old")
    assert house.idp.ports.truth.models.all() == []


def test_a_bad_entry_does_not_take_the_model_away(house: House) -> None:
    models.take(house.idp, OPERATOR, told(), "monthly")
    models.take(house.idp, OPERATOR, Metadata(13, date(2026, 12, 24), (), (BadEntry(0, str(BLUE), "x"),)), "monthly")
    assert house.idp.ports.truth.models.get(str(BLUE)) is not None


def test_what_we_recalled_stays_recalled_until_we_restore_it(house: House) -> None:
    models.take(house.idp, OPERATOR, told(), "monthly")
    models.recall(house.idp, SECURE, str(BLUE), "stolen batch")
    models.take(house.idp, OPERATOR, told(serial=13), "monthly")
    assert recalled(house)
    with pytest.raises(Conflict):
        models.recall(house.idp, SECURE, str(BLUE), "again")
    models.restore(house.idp, SECURE, str(BLUE), "found")
    assert not recalled(house)
    with pytest.raises(Conflict):
        models.restore(house.idp, SECURE, str(BLUE), "again")


def test_progress_counts_who_has_another_passkey(house: House) -> None:
    know(house)
    people = [house.person(name, "p") for name in ("ann", "bob")]
    for one in people:
        hold(house, one, blue_key())
    models.recall(house.idp, SECURE, str(BLUE), "stolen batch")
    hold(house, people[0], Passkey())
    (seen,) = models.listed(house.idp, SECURE)
    assert (seen.holders, seen.replaced) == (2, 1)
    assert [(one.subject.id, one.replaced) for one in seen.people] == [(people[1].id, False), (people[0].id, True)]


@pytest.mark.parametrize(
    "admin",
    [
        replace(SECURE, permissions=frozenset()),
        replace(SECURE, permissions=frozenset({"admin.models.read", "admin.people.read"})),
        replace(SECURE, branch=frozenset({"north"})),
    ],
    ids=["nothing", "reads", "branch"],
)
def test_only_who_may_recalls(house: House, admin: Admin) -> None:
    know(house)
    for change in (models.recall, models.restore):
        with pytest.raises(NotAllowed):
            change(house.idp, admin, str(BLUE), "because")
    with pytest.raises(NotAllowed):
        models.take(house.idp, admin, told(), "because")
    assert not recalled(house)


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_nothing_is_recalled_without_a_reason(house: House, reason: str) -> None:
    know(house)
    with pytest.raises(Invalid):
        models.recall(house.idp, SECURE, str(BLUE), reason)
    assert not recalled(house)


@pytest.mark.parametrize("aaguid", ["", "x", "' or 1=1", str(RED), "\ud800"])
def test_an_unknown_model_is_not_recalled(house: House, aaguid: str) -> None:
    know(house)
    with pytest.raises(NotFound):
        models.recall(house.idp, SECURE, aaguid, "because")


def test_the_console_shows_and_recalls_for_security_administrators_alone(house: House) -> None:
    console_client.ensure(house.idp, "local")
    know(house)
    me = house.person("ann", "p")
    hold(house, me, blue_key())
    secure = enter(house, "secure", "local", SECURITY)
    page = secure.get("/admin/models").page
    assert "Blue Key 5" in page and "1 holder" in page
    secure.submit(do="recall", reason="stolen batch")
    assert "The model was recalled" in secure.page and "0 have another passkey, 1 are still open" in secure.page
    assert f'href="/admin/people/{me.id}"' in secure.page
    assert recalled(house)
    system = enter(house, "system", "local", "system-administrator")
    assert system.get("/admin/models").status == 403
    csrf = house.idp.ports.sealer.digest("csrf", f"{system.cookie('binding')}|admin")
    fields = {"csrf": csrf, "do": "restore", "model": str(BLUE), "reason": "please"}
    assert system.post("/admin/models", fields).status_code == 403
    assert recalled(house)


# --- names ------------------------------------------------------------------------------------------------------------


def visiting(house: House, subject: Subject) -> tuple[Visit, SignedInAs]:
    """As the account page would be asked, by this person."""
    now = house.clock()
    visit = Visit(now, "10.0.0.1", "n", Place(None, None, None), frozenset(), "Firefox", "Linux", "en", "b")
    session = Session(
        "h", "sid", subject.id, "post", now, now, now, now, now - now, (), "urn:gerege:aal2", (), None, "n", None, None
    )
    return visit, SignedInAs(session, subject)


def test_a_name_is_changed_and_the_log_does_not_tell_it(house: House) -> None:
    me = house.person("ann", "p")
    one = hold(house, me, Passkey(counter=4))
    methods.rename_method(house.idp, *visiting(house, me), one.id, "  Office \n computer ")
    (kept,) = house.factors(me, "passkey")
    assert (kept.label, kept.state["counter"]) == ("Office computer", 4)
    (row,) = house.idp.ports.truth.audit.search(name="factor.renamed")
    assert "Office" not in row.body


def test_nobody_renames_another_person_s(house: House) -> None:
    mine, theirs = house.person("ann", "p"), house.person("bob", "p")
    one = hold(house, theirs, Passkey())
    password = house.factors(mine, "password")[0]
    for stolen in (one.id, password.id, "", "nonsense"):
        with pytest.raises(Forged):
            methods.rename_method(house.idp, *visiting(house, mine), stolen, "Mine now")
    assert house.factors(theirs, "passkey")[0].label == "Key"


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("", "name-empty"),
        (" \t\n", "name-empty"),
        ("x" * 61, "name-long"),
        ("\u202eyek eciffO", "name-signs"),
        ("Office\x00", "name-signs"),
        ("\ud800", "name-signs"),
        ("Of\u200bfice", "name-signs"),
    ],
    ids=range(7),
)
def test_a_hostile_name_is_refused(house: House, label: str, why: str) -> None:
    me = house.person("ann", "p")
    one = hold(house, me, Passkey())
    with pytest.raises(Invalid) as refused:
        methods.rename_method(house.idp, *visiting(house, me), one.id, label)
    assert refused.value.message == why
    assert house.factors(me, "passkey")[0].label == "Key"


def test_markup_in_a_name_is_text(house: House) -> None:
    me = house.person("ann", "p")
    key = Passkey()
    one = hold(house, me, key)
    methods.rename_method(house.idp, *visiting(house, me), one.id, "<script>alert(1)</script>")
    browser = by_passkey(house, "/me/methods", key)
    assert "&lt;script&gt;alert(1)" in browser.page and "<script>alert" not in browser.page


def test_browsers_hear_of_their_own_person_s_passkeys_alone(house: House) -> None:
    mine, theirs = house.person("ann", "p"), house.person("bob", "p")
    one, _ = hold(house, mine, Passkey()), hold(house, theirs, Passkey())
    heard = methods.known_to_browsers(house.idp, visiting(house, mine)[1])
    assert heard.credential_ids == (one.state["credential_id"],)


def test_a_recall_ends_what_the_model_opened_and_nothing_else(house: House) -> None:
    know(house)
    payroll, key, fine = RelyingParty(house, "docs"), blue_key(), Passkey()
    people = [house.person(name, "p") for name in ("ann", "bob")]
    hold(house, people[0], key)
    hold(house, people[1], fine)
    opened, other = by_passkey(house, "/me", key), by_passkey(house, "/me", fine)
    assert (opened.path, other.path) == ("/me", "/me")
    tokens = payroll.redeem(opened.get(payroll.start(scope="openid profile docs.read"))).json
    models.recall(house.idp, SECURE, str(BLUE), "stolen batch")
    assert opened.get("/me").path == "/sign-in" and other.get("/me").path == "/me"
    late = payroll.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})  # type: ignore[index]
    assert (late.status_code, late.json["error"]) == (400, "invalid_grant")  # type: ignore[index]


def test_a_recall_ends_what_applications_still_have_of_a_session_that_nobody_uses_any_more(house: House) -> None:
    """Past its idle limit a session is listed nowhere, and its refresh tokens still go on."""
    know(house)
    docs, key, fine = RelyingParty(house, "docs"), blue_key(), Passkey()
    tokens = []
    for name, held in (("cyd", key), ("dan", fine)):
        hold(house, house.person(name, "p"), held)
        browser = by_passkey(house, "/me", held)
        tokens.append(docs.redeem(browser.get(docs.start(scope="openid profile docs.read"))).json["refresh_token"])  # type: ignore[index]
    house.clock.move(hours=2)
    holder = house.idp.ports.truth.people.find("cyd", "local")
    assert holder is not None and not house.idp.ports.truth.sessions.of(holder.id, house.clock())
    live = docs.token({"grant_type": "refresh_token", "refresh_token": tokens[0]})
    assert live.status_code == 200, live.json
    models.recall(house.idp, SECURE, str(BLUE), "stolen batch")
    tokens[0] = live.json.get("refresh_token", tokens[0])  # type: ignore[union-attr]
    answers = [docs.token({"grant_type": "refresh_token", "refresh_token": one}) for one in tokens]
    assert [one.status_code for one in answers] == [400, 200]
    (said,) = house.idp.ports.truth.audit.search(name="session.ended")
    assert "model-recalled" in said.body and holder.id in said.body

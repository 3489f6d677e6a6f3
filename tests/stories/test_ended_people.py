"""Whoever is ended as a person is ended at their applications too: each is told, whatever ends them."""

from dataclasses import replace

from idp.flows.admin.people import disable as disabled_by_administrator
from idp.flows.admin.people import end_sessions
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.flows.people import disable
from idp.model import Subject
from tests.support.browser import Browser, RelyingParty
from tests.support.house import House


def signed_in(house: House, name: str) -> tuple[Subject, str]:
    """Somebody with Payroll open, which wants to hear of ends, and the id of their session."""
    client = house.idp.ports.truth.configuration().clients["payroll"]
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_client(replace(client, backchannel_logout_uri="https://payroll.example/backchannel-logout"))
    person = house.person(name, "a password", roles=("payroll-clerk",))
    payroll = RelyingParty(house)
    browser = Browser(house).sign_in(payroll.start(), name, "a password", house.app_of(person))
    assert payroll.redeem(browser).status_code == 200
    (session,) = house.idp.ports.truth.sessions.of(person.id, house.clock())
    return person, session.sid


def told(idp: Idp, sid: str) -> list[str]:
    return [one.client_id for one in idp.ports.truth.desk.deliveries_of(sid)]


def test_applications_are_told_when_the_directory_disables_somebody(house: House) -> None:
    ida, sid = signed_in(house, "ida")
    with house.idp.ports.truth.begin() as tx:
        disable(house.idp, tx, ida, house.clock(), by="directory", why="left")
    assert told(house.idp, sid) == ["payroll"]
    ended = house.idp.ports.truth.sessions.by_sid(sid)
    assert ended is not None and ended.ended_at is not None


def test_applications_are_told_when_an_administrator_disables_somebody(house: House) -> None:
    jon, sid = signed_in(house, "jon")
    disabled_by_administrator(house.idp, OPERATOR, jon.id, "left", house.clock())
    assert told(house.idp, sid) == ["payroll"]


def test_applications_are_told_when_an_administrator_ends_all_sessions(house: House) -> None:
    una, sid = signed_in(house, "una")
    assert end_sessions(house.idp, OPERATOR, una.id, "a lost laptop", house.clock()) == 1
    assert told(house.idp, sid) == ["payroll"]

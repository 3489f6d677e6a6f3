"""Who leaves a real directory loses everything within a minute: session, refresh tokens, applications' sessions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from idp.background import Background
from idp.flows import watch
from tests.support.browser import Browser, RelyingParty
from tests.support.house import House
from tests.support.ministry import Ministry, ministry_in

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]
PROMISED = 60.0


@dataclass
class SignedIn:
    """Somebody of the ministry who has Docs open."""

    sid: str
    refresh_token: str
    docs: RelyingParty

    def refreshes(self) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        answer = self.docs.token(form)
        if answer.status_code == 200:
            self.refresh_token = answer.get_json()["refresh_token"]
        return answer.status_code == 200


@pytest.fixture
def ministry(tmp_path: Path) -> Iterator[Ministry]:
    with ministry_in(tmp_path) as found:
        client = found.house.idp.ports.truth.configuration().clients["docs"]
        backchannel = replace(client, backchannel_logout_uri="https://docs.example/backchannel-logout")
        with found.house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(replace(backchannel, scopes=(*client.scopes, "offline_access")))
        yield found


@contextmanager
def at_work(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The provider's own background work, at the pace of production."""
    monkeypatch.setitem(watch.EVERY, "demonstration", watch.EVERY["production"])
    background = Background(house.idp)
    background.start()
    try:
        yield
    finally:
        background.stop()


def sign_in(ministry: Ministry, uid: str) -> SignedIn:
    house = ministry.house
    docs, browser, app = RelyingParty(house, "docs"), Browser(house), house.app_of(ministry.person(uid))
    browser.get(docs.start("openid profile offline_access docs.read")).submit(username=f"{uid}@mof.example")
    browser.submit(password=f"Demo-{uid}-1").submit(code=app.at(house.clock()))
    answer = docs.redeem(browser)
    assert answer.status_code == 200, browser.page[:1500]
    (session,) = house.idp.ports.truth.sessions.of(ministry.person(uid).id, house.clock())
    return SignedIn(session.sid, answer.get_json()["refresh_token"], docs)


def ended_within(ministry: Ministry, uid: str, one: SignedIn, leave: Callable[[], None]) -> float:
    """Seconds from the change in the directory until nothing of theirs works."""
    truth = ministry.house.idp.ports.truth
    assert truth.sessions.live_subjects("mof", ministry.house.clock()) and one.refreshes()
    began = time.monotonic()
    leave()
    while truth.sessions.of(ministry.person(uid).id, ministry.house.clock()):
        assert time.monotonic() - began < PROMISED
        time.sleep(0.1)
    assert not one.refreshes()
    assert [told.client_id for told in truth.desk.deliveries_of(one.sid)] == ["docs"]
    assert ministry.person(uid).disabled
    return time.monotonic() - began


def test_whoever_leaves_is_out_within_a_minute(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    ministry.sync()
    deleted, disabled = sign_in(ministry, "gao.feng"), sign_in(ministry, "sun.hao")
    with at_work(ministry.house, monkeypatch):
        first = ended_within(ministry, "gao.feng", deleted, lambda: ministry.leaves("gao.feng"))
        second = ended_within(ministry, "sun.hao", disabled, lambda: ministry.says("sun.hao", "employeeType", "left"))
    assert max(first, second) < PROMISED


def test_two_rounds_of_the_watch_fit_into_the_minute() -> None:
    assert 2 * watch.EVERY["production"] <= timedelta(seconds=PROMISED)

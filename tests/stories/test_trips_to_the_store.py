"""How often a request goes to the short-lived store: as seldom as it can, so that nobody adds a trip unseen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idp.app import create_app
from idp.ports import Brief
from tests.support.applications import application
from tests.support.browser import Browser
from tests.support.house import House


class Counted:
    """The store, and what was asked of it."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.asked.append(name)
        return getattr(self._brief, name)  # type: ignore[no-any-return]


def test_trips(house: House) -> None:
    counted = Counted(house.idp.ports.brief)
    idp = replace(house.idp, ports=replace(house.idp.ports, brief=counted))  # type: ignore[arg-type]
    house = House(idp, create_app(idp), house.clock)
    app = application(house, first_party=True)
    totp = house.app_of(house.person("counted", "a password"))
    browser = Browser(house).sign_in(app.url(), "counted", "a password", totp)
    asked = _of(counted, lambda: browser.get(app.url()))
    assert "code" in browser.query and asked == ["peek", "put_code"]  # the risk's counters, and the code
    pushed = app.push()
    assert _of(counted, app.push) == ["keep"]
    assert _of(counted, lambda: browser.get(app.link(pushed))) == ["kept", "peek", "spend", "drop", "put_code"]


def _of(counted: Counted, do: Callable[[], object]) -> list[str]:
    before = len(counted.asked)
    do()
    return counted.asked[before:]

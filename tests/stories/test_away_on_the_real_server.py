"""The same over TCP, in production mode: a device and a back channel, with nothing between but the proxy's line."""

import pytest

from tests.support.away import BACKCHANNEL, DEVICE_ONLY, Bank, Tv, error, heading, register, somebody, type_code
from tests.support.server import served

pytestmark = pytest.mark.ci


def test_a_device_and_a_bank_on_a_running_server() -> None:
    with served() as there:
        house = there.house
        register(house, "tv", **DEVICE_ONLY)
        register(house, "bank", **BACKCHANNEL)
        there.known_everywhere()
        tv, bank, person = Tv(house, "tv"), Bank(house, "bank"), somebody(house, "zoe", "/device")
        tv.begin()
        assert error(tv.poll()) == "authorization_pending"
        assert error(tv.poll()) == "slow_down"
        type_code(person, tv)
        assert heading(person) == "Allow Tv on a device?"
        assert "Germany" in person.page
        person.submit(do="allow")
        assert {"access_token", "refresh_token", "id_token"} <= (tv.poll().json or {}).keys()
        assert error(tv.poll()) == "invalid_grant"

        assert bank.ask(login_hint="zoe@local.example", binding_message="R-17").status_code == 200
        assert error(bank.poll()) == "authorization_pending"
        assert "1 request waits" in person.get("/").page
        person.get("/me/approve").submit(do="allow")
        answer = bank.poll()
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "id_token" in (answer.json or {})
        assert bank.ask(login_hint="nobody@local.example").status_code == 200

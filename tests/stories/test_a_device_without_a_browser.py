"""A television is connected: its code is typed on a phone, a page says who asks, its tokens end with that session."""

from tests.support.authenticator import Passkey
from tests.support.away import DEVICE_ONLY, Tv, error, heading, register, somebody, type_code
from tests.support.house import Browser, House


def test_a_television_is_connected_and_ends_with_the_session(house: House) -> None:
    register(house, "tv", **DEVICE_ONLY)
    tv = Tv(house, "tv")
    shown = tv.begin()
    assert (shown["verification_uri"], shown["expires_in"], shown["interval"]) == ("https://id.example/device", 600, 5)
    assert shown["verification_uri_complete"].endswith(f"?user_code={shown['user_code']}")
    assert error(tv.poll()) == "authorization_pending"

    phone = somebody(house, "anna", "/device")
    assert phone.path == "/device"
    phone.submit(user_code=shown["user_code"].lower().replace("-", " "))
    assert heading(phone) == "Allow Tv on a device?"
    for words in ("Germany", shown["user_code"], "Anna", "Only go on if you started this on a device in front of you."):
        assert words in phone.page
    house.clock.move(seconds=6)
    assert error(tv.poll()) == "authorization_pending"
    phone.submit(do="allow")
    assert heading(phone) == "The device is connected"

    tokens = tv.poll().json
    assert tokens is not None
    assert {"access_token", "id_token", "refresh_token"} <= tokens.keys()
    assert house.told("away.approved")
    fresh = tv.call("/token", {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    assert fresh.status_code == 200
    phone.get("/logout").submit(do="confirm")
    again = tv.call("/token", {"grant_type": "refresh_token", "refresh_token": fresh.json["refresh_token"]})  # type: ignore[index]
    assert error(again) == "invalid_grant"


def test_the_prefilled_code_is_only_written_into_the_field(house: House) -> None:
    register(house, "tv", **DEVICE_ONLY)
    tv = Tv(house, "tv")
    link = tv.begin()["verification_uri_complete"]
    phone = somebody(house, "berta", link)
    assert phone.path == "/device"
    assert f'value="{tv.code["user_code"]}"' in phone.page
    assert error(tv.poll()) == "authorization_pending"


def test_a_no_reaches_the_device(house: House) -> None:
    register(house, "tv", **DEVICE_ONLY)
    tv = Tv(house, "tv")
    tv.begin()
    phone = somebody(house, "carla", "/device")
    type_code(phone, tv).submit(do="deny")
    assert heading(phone) == "The device was not allowed"
    assert [error(tv.poll()), error(tv.poll())] == ["access_denied", "access_denied"]
    assert house.told("away.refused")


def test_what_needs_more_than_the_session_has_asks_for_it_first(house: House) -> None:
    """Grade 4 wants a passkey: the yes leads through the one dispatcher, back to the same page."""
    register(house, "paytv", **DEVICE_ONLY, grade=4)
    tv, key = Tv(house, "paytv"), Passkey()
    tv.begin("openid payroll.read")
    dora = house.person("dora", "a password", roles=("payroll-clerk",))
    app = house.app_of(dora)
    phone = Browser(house).sign_in("/device", "dora", "a password", app)
    house.clock.move(minutes=1)
    desk = Browser(house).sign_in("/me/methods/add/passkey", "dora", "a password", app)
    desk.submit(credential=key.register(desk.options()), name="Key")

    type_code(phone, tv).submit(do="allow")
    assert phone.path == "/sign-in/passkey"
    assert error(tv.poll()) == "authorization_pending"
    phone.submit(credential=key.sign(phone.options()))
    assert phone.path == "/device/confirm"
    assert "now say whether to allow it" in phone.page
    phone.submit(do="allow")
    tokens = tv.poll().json
    assert tokens is not None
    assert tokens["scope"] == "openid payroll.read"

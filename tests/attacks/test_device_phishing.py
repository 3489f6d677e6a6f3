"""Device codes: a stranger's link, guessing, replay, another client, two answers at once, policy."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from idp.model import DeviceRequest
from idp.oidc import user_code
from tests.support.away import DEVICE_ONLY, Machine, Tv, error, heading, register, somebody, type_code
from tests.support.browser import Browser
from tests.support.house import House, hash_of
from tests.support.proofs import Key, proof


@pytest.fixture
def tv(house: House) -> Tv:
    register(house, "tv", **DEVICE_ONLY)
    made = Tv(house, "tv")
    made.begin()
    return made


def test_a_link_alone_allows_nothing_even_for_one_who_is_signed_in(house: House, tv: Tv) -> None:
    """Who was sent the complete address must press twice, and is told where the device is, and of the danger."""
    victim = somebody(house, "victim", "/me")
    victim.get(tv.code["verification_uri_complete"])
    assert error(tv.poll()) == "authorization_pending"
    assert 'id="allow"' not in victim.page
    victim.submit(user_code=tv.code["user_code"])
    for words in ("Germany", "they are trying to get in as you", 'id="deny"', 'id="allow"', tv.code["user_code"]):
        assert words in victim.page
    house.clock.move(seconds=6)
    assert error(tv.poll()) == "authorization_pending"


def test_a_forged_form_allows_nothing(house: House, tv: Tv) -> None:
    victim = somebody(house, "forged", "/device")
    type_code(victim, tv)
    for form, headers in (
        ({"do": "allow"}, {}),
        ({"do": "allow", "csrf": "0" * 64}, {}),
        (victim.hidden(do="allow")[1] | {"do": "allow"}, {"Origin": "https://evil.example"}),
        (victim.hidden(do="allow")[1] | {"do": "allow"}, {"Sec_Fetch_Site": "cross-site"}),
    ):
        assert victim.post(victim.url, form, **headers).status_code == 403
    assert error(tv.poll()) == "authorization_pending"


def test_a_handle_is_of_one_person(house: House, tv: Tv) -> None:
    """The address of the page that says who asks opens it to nobody else; a changed one to nobody."""
    first = type_code(somebody(house, "first", "/device"), tv)
    assert heading(first) == "Allow Tv on a device?"
    other = somebody(house, "other", "/device")
    assert other.get(first.url).status == 410
    assert first.get(first.url[:-3] + "xyz").status == 410
    assert first.get("/device/confirm").status == 410
    assert first.get("/device/confirm?d=%00").status == 410


def test_guessing_codes_is_stopped_for_a_person_and_costs_no_other(house: House, tv: Tv) -> None:
    guesser = somebody(house, "guesser", "/device")
    statuses = [guesser.get("/device").submit(user_code=f"BCDF-GHJ{letter}").status for letter in "KLMNPQR"]
    assert statuses == [400] * user_code.OF_PERSON[0] + [429] * 2
    assert guesser.get("/device").submit(user_code=tv.code["user_code"]).status == 429  # not even the right one
    other = somebody(house, "bystander", "/device")
    assert heading(type_code(other, tv)) == "Allow Tv on a device?"
    house.clock.move(minutes=16)


def test_strangers_cannot_try_codes_at_all(house: House, tv: Tv) -> None:
    browser = Browser(house)
    answer = browser.post("/device", {"user_code": tv.code["user_code"]})
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


def test_what_is_typed_is_only_ever_text(house: House, tv: Tv) -> None:
    browser = somebody(house, "typist", "/device?user_code=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "alert(1)" not in browser.page
    browser.submit(user_code='"><script>alert(1)</script>')
    assert "<script>alert(1)" not in browser.page
    assert browser.status == 400
    assert browser.submit(user_code=" ").status == 400


def test_a_code_leads_nowhere_after_the_answer(house: House, tv: Tv) -> None:
    one = type_code(somebody(house, "answers", "/device"), tv)
    page = one.url
    one.submit(do="allow")
    assert one.get("/device").submit(user_code=tv.code["user_code"]).status == 400
    assert one.get(page).status == 410


def test_a_device_code_is_taken_once(house: House, tv: Tv) -> None:
    type_code(somebody(house, "once", "/device"), tv).submit(do="allow")
    gate = threading.Barrier(8)

    def take() -> int:
        gate.wait()
        return tv.poll().status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: take(), range(8))) == [200] + [400] * 7
    assert error(tv.poll()) == "invalid_grant"


def test_another_client_cannot_take_it(house: House, tv: Tv) -> None:
    register(house, "thief", **DEVICE_ONLY)
    type_code(somebody(house, "robbed", "/device"), tv).submit(do="allow")
    assert error(Tv(house, "thief").poll(tv.code["device_code"])) == "invalid_grant"
    assert tv.poll().status_code == 200


def test_the_user_code_is_not_the_device_code(house: House, tv: Tv) -> None:
    for guess in (tv.code["user_code"], "x" * 43, " "):
        assert error(tv.poll(guess)) in ("invalid_grant", "invalid_request")


def test_polling_too_fast_is_slowed_for_good(house: House, tv: Tv) -> None:
    assert error(tv.poll()) == "authorization_pending"
    assert error(tv.poll()) == "slow_down"
    house.clock.move(seconds=6)
    assert error(tv.poll()) == "slow_down"  # the interval is ten seconds now
    house.clock.move(seconds=16)
    assert error(tv.poll()) == "authorization_pending"


def test_time_is_over_for_both_sides(house: House, tv: Tv) -> None:
    late = type_code(somebody(house, "late", "/device"), tv)
    house.clock.move(minutes=10, seconds=1)
    assert error(tv.poll()) == "expired_token"
    assert late.submit(do="allow").status == 410
    assert late.get("/device").submit(user_code=tv.code["user_code"]).status in (400, 410)
    assert error(tv.poll()) == "expired_token"


def test_two_answers_at_once_are_one(house: House, tv: Tv) -> None:
    """The second yes leaves no grant that counts."""
    anna, bert = (type_code(somebody(house, name, "/device"), tv) for name in ("anna", "bert"))
    anna.submit(do="allow")
    assert bert.submit(do="allow").status == 410
    assert tv.poll().status_code == 200


def test_an_application_that_was_disabled_meanwhile_gets_nothing(house: House) -> None:
    client = register(house, "gone", **DEVICE_ONLY)
    tv = Tv(house, "gone")
    tv.begin()
    person = type_code(somebody(house, "ida", "/device"), tv)
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_client(replace(client, disabled=True))
    assert person.submit(do="allow").status == 410
    assert tv.poll().status_code == 401


def test_policy_says_no_as_at_the_sign_in(house: House) -> None:
    """An application of grade 4 is not opened to somebody who is cleared for 1, on whatever device it runs."""
    register(house, "secret-tv", **DEVICE_ONLY, grade=4, labels=frozenset())
    tv = Tv(house, "secret-tv")
    tv.begin()
    low = house.person("low", "a password", clearance=1)
    browser = Browser(house).sign_in("/device", "low", "a password", house.app_of(low))
    type_code(browser, tv).submit(do="allow")
    assert browser.status == 403
    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", browser.page)
    assert error(tv.poll()) == "authorization_pending"
    assert house.events("sign-in.refused")


@pytest.mark.parametrize(
    ("client", "form", "told"),
    [
        ("tv", {"scope": "payroll.approve"}, "invalid_scope"),
        ("tv", {}, "invalid_scope"),
        ("docs", {"scope": "openid"}, "unauthorized_client"),
        ("tv", {"scope": "openid", "resource": "urn:example:none"}, "invalid_target"),
        ("tv", {"scope": "payroll.read docs.read"}, "invalid_scope"),
        ("tv", {"scope": "openid", "authorization_details": "[]"}, "invalid_authorization_details"),
    ],
    ids=["foreign-scope", "no-scope", "not-registered", "foreign-resource", "two-resources", "details"],
)
def test_requests_that_are_refused_at_once(house: House, tv: Tv, client: str, form: dict[str, str], told: str) -> None:
    assert error(Machine(house, client).call("/device_authorization", form)) == told


def test_a_client_must_be_who_it_says(house: House, tv: Tv) -> None:
    assert error(tv.call("/device_authorization", {"scope": "openid", "client_id": "nobody"})) == "invalid_client"
    stranger = house.http().post("/device_authorization", base_url="https://id.example", data={"scope": "openid"})
    assert error(stranger) == "invalid_client"
    assert house.http().get("/device_authorization", base_url="https://id.example").status_code == 405


def test_the_store_holds_neither_code(house: House, tv: Tv) -> None:
    kept = house.idp.ports.brief.kept(DeviceRequest, hash_of(tv.code["device_code"]))
    assert kept is not None
    assert kept.user_code_hash not in (tv.code["user_code"], hash_of(tv.code["user_code"].replace("-", "")))
    assert house.idp.ports.brief.kept(DeviceRequest, tv.code["device_code"]) is None


def test_a_device_code_that_was_asked_with_a_key_is_nothing_without_it(house: House) -> None:
    """Whoever reads it off the line cannot take the tokens, and they are bound to the key."""
    register(house, "keyed", **DEVICE_ONLY)
    tv, key, now = Tv(house, "keyed"), Key(), house.clock
    asked = proof(key, "POST", "https://id.example/device_authorization", now())
    answer = tv.call("/device_authorization", {"scope": "openid docs.read"}, DPoP=asked)
    tv.code = answer.json or {}
    type_code(somebody(house, "holder", "/device"), tv).submit(do="allow")
    assert error(tv.poll()) == "invalid_grant"
    assert error(tv.poll(DPoP=proof(Key(), "POST", "https://id.example/token", now()))) == "invalid_grant"
    taken = tv.poll(DPoP=proof(key, "POST", "https://id.example/token", now()))
    assert (taken.status_code, (taken.json or {})["token_type"]) == (200, "DPoP")

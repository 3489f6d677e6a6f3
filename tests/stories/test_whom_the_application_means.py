"""`id_token_hint`: the application says whom it means, by an ID token of ours. Spec: OIDC Core §3.1.2.1, §3.1.2.2."""

from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def signed_in(house: House, name: str) -> tuple[Browser, RelyingParty, str]:
    app = house.app_of(house.person(name, "a password", roles=("payroll-clerk",)))
    browser, payroll = Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), name, "a password", app)
    return browser, payroll, str(payroll.redeem(browser).json["id_token"])  # type: ignore[index]


def test_the_same_person_is_asked_nothing(house: House) -> None:
    browser, payroll, hint = signed_in(house, "same")
    assert "code" in browser.get(payroll.start(scope=SCOPE, prompt="none", id_token_hint=hint)).query


def test_an_old_hint_is_still_a_hint(house: House) -> None:
    browser, payroll, hint = signed_in(house, "old")
    house.clock.move(minutes=30)
    assert "code" in browser.get(payroll.start(scope=SCOPE, prompt="none", id_token_hint=hint)).query


def test_somebody_else_is_not_let_in_silently(house: House) -> None:
    _, payroll, hint = signed_in(house, "meant")
    other, _, _ = signed_in(house, "other")
    assert other.get(payroll.start(scope=SCOPE, prompt="none", id_token_hint=hint)).query["error"] == "login_required"


def test_somebody_else_who_signs_in_is_told_to_the_application(house: House) -> None:
    _, payroll, hint = signed_in(house, "wanted")
    other, _, _ = signed_in(house, "present")
    other.get(payroll.start(scope=SCOPE, id_token_hint=hint))
    assert other.path == "/sign-in"
    other.submit(username="present@local.example").submit(password="a password")
    assert other.query["error"] == "login_required"


def test_what_is_no_id_token_of_ours_is_refused(house: House) -> None:
    browser, payroll, hint = signed_in(house, "forged")
    head, body, _ = hint.split(".")
    for wrong in ("x", f"{head}.{body}.AAAA", f"{head}.{body}."):
        assert browser.get(payroll.start(scope=SCOPE, id_token_hint=wrong)).query["error"] == "invalid_request"

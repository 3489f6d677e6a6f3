"""Nobody is asked for a proof that would bring nothing: the application hears what is missing from the scope."""

from idp.model import AAL2_PHR
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read payroll.approve"


def test_whoever_lacks_the_role_is_asked_for_no_passkey(house: House) -> None:
    app = house.app_of(house.person("clerk", "a password", roles=("payroll-clerk",)))
    browser, payroll = Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), "clerk", "a password", app)
    browser.get(payroll.start(scope=SCOPE, acr_values=AAL2_PHR))
    assert "code" in browser.query
    assert payroll.redeem(browser).json["scope"].split() == ["openid", "profile", "payroll.read"]  # type: ignore[index]


def test_whoever_has_the_role_is_asked_for_the_passkey_that_it_takes(house: House) -> None:
    roles = ("payroll-clerk", "payroll-approver")
    app = house.app_of(house.person("approver", "a password", roles=roles))
    browser, payroll = Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), "approver", "a password", app)
    assert browser.get(payroll.start(scope=SCOPE, acr_values=AAL2_PHR)).path == "/sign-in/enrol"


def test_an_application_that_lacks_nothing_may_still_ask_for_more(house: House) -> None:
    app = house.app_of(house.person("reader", "a password", roles=("payroll-clerk",)))
    browser, payroll = Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope="openid payroll.read"), "reader", "a password", app)
    assert browser.get(payroll.start(scope="openid payroll.read", acr_values=AAL2_PHR)).path == "/sign-in/enrol"

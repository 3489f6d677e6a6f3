"""Approving the pay run: the passkey that RFC 9470 asks for, the permission that nothing replaces, and forged forms."""

from tests.support.mini_op import MiniOP

from .conftest import Browser


def test_approving_asks_for_a_passkey_and_comes_back_to_confirm(browser: Browser, op: MiniOP) -> None:
    page = browser.sign_in()
    challenge = browser.post("/approve", page)
    assert challenge.status_code == 303
    assert 'id="pending"' not in browser.get("/").text  # whoever turns back has confirmed nothing
    op.acr = "urn:gerege:aal2-phr"
    assert browser.come_back(browser.at_provider(challenge)).status_code == 303
    assert (op.asked[-1]["acr_values"], op.asked[-1]["max_age"]) == ("urn:gerege:aal2-phr", "600")
    assert "payroll.approve" in op.asked[-1]["scope"].split()
    page = browser.get("/")
    assert 'id="pending"' in page.text and 'id="approved"' not in page.text  # coming back alone approves nothing
    assert browser.post("/approve", page).headers["Location"] == "/"
    page = browser.get("/")
    assert 'id="approved"' in page.text and 'id="pending"' not in page.text


def test_another_person_who_comes_back_inherits_nothing(browser: Browser, op: MiniOP) -> None:
    challenge = browser.post("/approve", browser.sign_in())
    op.subject, op.sid, op.acr = "s-wang", "sid-2", "urn:gerege:aal2-phr"
    browser.come_back(browser.at_provider(challenge))
    assert 'id="pending"' not in browser.get("/").text


def test_a_step_up_that_was_not_enough_asks_again_only_when_the_person_does(browser: Browser, op: MiniOP) -> None:
    challenge = browser.post("/approve", browser.sign_in())
    browser.come_back(browser.at_provider(challenge))  # the provider gave no more than before
    page = browser.get("/")
    assert page.status_code == 200
    assert browser.post("/approve", page).headers["Location"].startswith(op.issuer + "/authorize")
    assert 'id="approved"' not in browser.get("/").text


def test_without_the_permission_the_page_names_it_and_where_to_ask_why(browser: Browser, op: MiniOP) -> None:
    op.granted, op.acr = "openid profile payroll.read", "urn:gerege:aal3"
    answer = browser.post("/approve", browser.sign_in())
    assert answer.status_code == 403
    assert '<code id="missing">payroll.approve</code>' in answer.text and "gerege policy why" in answer.text


def test_a_permission_that_a_stronger_sign_in_may_bring_is_asked_for_once(browser: Browser, op: MiniOP) -> None:
    op.granted = "openid profile payroll.read"
    asked = browser.post("/approve", browser.sign_in())
    op.acr, op.granted = "urn:gerege:aal2-phr", "openid profile payroll.read payroll.approve"
    browser.come_back(browser.at_provider(asked))
    assert op.asked[-1]["acr_values"] == "urn:gerege:aal2-phr"
    assert browser.post("/approve", browser.get("/")).status_code == 303
    assert 'id="approved"' in browser.get("/").text


def test_a_stronger_sign_in_that_brings_nothing_is_not_asked_for_again(browser: Browser, op: MiniOP) -> None:
    op.granted = "openid profile payroll.read"
    browser.come_back(browser.at_provider(browser.post("/approve", browser.sign_in())))
    assert browser.post("/approve", browser.get("/")).status_code == 403


def test_the_api_itself_answers_strangers_with_challenges(browser: Browser, op: MiniOP) -> None:
    api = browser.client
    assert api.get("/api/payslips").headers["WWW-Authenticate"] == 'Bearer realm="urn:example:payroll"'

    def ask(token: str) -> tuple[int, str]:
        answer = api.post("/api/approve", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, (answer.json or {}).get("error", "")

    audience = "urn:example:payroll"
    assert ask(op.access_token(audience, "payroll.read")) == (403, "insufficient_scope")
    assert ask(op.access_token(audience, "payroll.approve")) == (401, "insufficient_user_authentication")
    assert ask(op.access_token("urn:example:docs", "payroll.approve")) == (401, "invalid_token")
    op.acr = "urn:gerege:aal2-phr"
    assert ask(op.access_token(audience, "payroll.approve", auth_time=1)) == (401, "insufficient_user_authentication")
    assert ask(op.access_token(audience, "payroll.approve")) == (200, "")


def test_a_session_cookie_opens_no_api(browser: Browser) -> None:
    browser.sign_in()
    assert browser.get("/api/payslips").status_code == 401


def test_forged_forms_change_nothing(browser: Browser, op: MiniOP) -> None:
    op.acr = "urn:gerege:aal3"
    browser.sign_in()
    for path in ("/approve", "/sign-out"):
        for csrf in ("", "x", "é"):
            assert browser.client.post(path, data={"csrf": csrf}).status_code == 403
    page = browser.get("/")
    assert page.status_code == 200 and 'id="approved"' not in page.text

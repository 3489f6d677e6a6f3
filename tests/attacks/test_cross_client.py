"""What is one application's is nothing in another's hands."""

from tests.support.tokens import world


def test_a_code_of_another_client() -> None:
    w = world()
    code = w.code("payroll")
    redirect_uri = w.client("payroll").redirect_uris[0]
    reply = w.redeem(code, "docs", redirect_uri=redirect_uri)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    (event,) = w.events("token.refused")
    assert (event["client_id"], event["why"]) == ("docs", "the code of payroll was shown by docs")
    assert w.redeem(code).json["error"] == "invalid_grant"  # it was shown to a stranger: it is spent


def test_a_refresh_token_of_another_client() -> None:
    w = world()
    for owner, thief, scope in (("payroll", "docs", "openid payroll.read"), ("app", "payroll", "openid docs.read")):
        token = w.tokens(owner, scope)["refresh_token"]
        assert w.refresh(token, thief).json["error"] == "invalid_grant"
        assert w.refresh(token, owner).status == 200  # and a thief ends nothing


def test_a_public_client_cannot_end_another_clients_family_by_a_wrong_token() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    assert w.refresh(token[:-1] + ("A" if token[-1] != "A" else "B"), "app").json["error"] == "invalid_grant"
    assert w.refresh(token).status == 200
    assert w.events("token.replayed") == []


def test_revoking_what_is_another_clients_does_nothing() -> None:
    w = world()
    tokens = w.tokens()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        reply = w.call("/revoke", {"token": token}, "docs")
        assert (reply.status, reply.body) == (200, b"")
    assert w.introspect(tokens["access_token"])["active"] is True
    assert w.refresh(tokens["refresh_token"]).status == 200
    assert w.events("token.revoked") == w.events("grant.revoked") == []


def test_a_token_for_one_api_says_nothing_to_another() -> None:
    w = world()
    token = w.tokens()["access_token"]
    assert w.introspect(token, "docs") == {"active": False}
    assert w.userinfo(token).status == 401


def test_the_body_does_not_change_who_is_authenticated() -> None:
    w = world()
    code = w.code("docs", "openid docs.read")
    form = {"grant_type": "authorization_code", "code": code, "client_id": "docs"}
    assert w.call("/token", form, "payroll").json["error"] == "invalid_request"

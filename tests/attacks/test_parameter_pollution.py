"""What is sent twice, in two places or in another dress is refused, not chosen from."""

from typing import Any

import pytest

from tests.support.tokens import ISSUER, SECRET, VERIFIER, basic, world

AUTHN = {"Authorization": basic("payroll", SECRET)}


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "scope"]
)
def test_nothing_twice(name: str) -> None:
    w = world()
    code = w.code()
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": "https://payroll.example/callback",
        "code_verifier": VERIFIER,
    }  # fmt: skip
    body = "&".join(f"{key}={value}" for key, value in fields.items())
    for twice in (f"{body}&{name}=x&{name}=y", f"{name}=x&{body}&{name}={fields.get(name, 'x')}"):
        reply = w.http("POST", "/token", twice.encode(), AUTHN)
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert w.redeem(code).status == 200  # and nothing was spent


def test_two_resources_are_two_questions() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    body = f"grant_type=refresh_token&refresh_token={token}&resource=urn:example:payroll&resource=urn:example:docs"
    assert w.http("POST", "/token", body.encode(), AUTHN).json["error"] == "invalid_target"


def test_the_query_is_never_read() -> None:
    w = world()
    code = w.code()
    query = (
        f"grant_type=authorization_code&code={code}&client_id=payroll&client_secret={SECRET}&code_verifier={VERIFIER}"
    )
    assert w.http("POST", f"/token?{query}", b"").json["error"] == "invalid_client"
    assert w.http("POST", f"/token?{query}", b"", AUTHN).json["error"] == "invalid_request"
    assert w.redeem(code).status == 200


def test_a_token_in_the_query_is_none() -> None:
    """RFC 6750 §5.3: it would stand in every log on the way. Nor does a query fill up an empty body."""
    w = world()
    tokens = w.tokens()
    mine = w.refresh(tokens["refresh_token"], resource=ISSUER).json["access_token"]
    assert w.userinfo(mine).status == 200
    for method, body in (("GET", None), ("POST", b"")):
        assert w.http(method, f"/userinfo?access_token={mine}", body).status in (400, 401)
    for path in ("/introspect", "/revoke"):
        reply = w.http("POST", f"{path}?token={mine}", b"", AUTHN)
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    robot = {"Authorization": basic("robot", SECRET)}
    reply = w.http("POST", "/token?grant_type=client_credentials&scope=docs.read", b"", robot)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert w.userinfo(mine).status == 200


@pytest.mark.parametrize(
    ("body", "kind", "environ"),
    [
        (b'{"grant_type":"client_credentials"}', "application/json", {}),
        (b"grant_type=x", None, {}),
        (b"grant_type=x", "multipart/form-data; boundary=x", {}),
        (b"grant_type=x", "text/plain", {}),
        (b"grant_type=" + b"x" * 70_000, "application/x-www-form-urlencoded", {}),
        (b"grant_type=x", "application/x-www-form-urlencoded", {"CONTENT_LENGTH": ""}),
        (b"grant_type=x", "application/x-www-form-urlencoded", {"CONTENT_LENGTH": "-1"}),
        (b"grant_type=x", "application/x-www-form-urlencoded", {"CONTENT_LENGTH": "１２"}),
        (b"grant_type=%ff", "application/x-www-form-urlencoded", {}),
        (b"grant_type=\xff", "application/x-www-form-urlencoded", {}),
        (b"grant_type", "application/x-www-form-urlencoded", {}),
        (b"&".join(b"a%d=x" % n for n in range(60)), "application/x-www-form-urlencoded", {}),
    ],
)
def test_bodies_that_are_no_form(body: bytes, kind: str | None, environ: dict[str, Any]) -> None:
    w = world()
    for path in ("/token", "/introspect", "/revoke"):
        reply = w.http("POST", path, body, AUTHN, kind=kind, **environ)
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_two_authorization_headers_joined_by_a_proxy() -> None:
    w = world()
    one = basic("payroll", SECRET)
    for joined in (f"{one}, {one}", f"{one},Bearer x", f"{one}\t{one}"):
        reply = w.http("POST", "/token", b"grant_type=refresh_token", {"Authorization": joined})
        assert (reply.status, reply.json["error"]) == (401, "invalid_client")


def test_no_line_breaks_leave_in_errors() -> None:
    w = world()
    for value in ("%0d%0aSet-Cookie:%20x=y", "%00", "%22"):
        for body in (f"grant_type={value}", f"grant_type=authorization_code&code={value}", f"client_id={value}"):
            reply = w.http("POST", "/token", body.encode(), AUTHN)
            assert not {"\r", "\n", "\t"} & set(reply.json.get("error_description", ""))
            assert all("\r" not in text and "\n" not in text for text in reply.headers.values())

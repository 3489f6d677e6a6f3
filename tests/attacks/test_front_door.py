"""The edge: hosts, forwarded addresses, verbs, sizes, headers of every page, errors that tell nothing."""

import re

import pytest
from werkzeug.test import Client

from idp.model import Department, Text
from tests.support.house import Browser, House, RelyingParty

PAGES = ["/sign-in", "/", "/me", "/me/methods", "/me/sessions", "/authorize", "/nowhere", "/sign-in/totp", "/consent"]
PAGES += ["/why/AAAA-BBBB", "/admin", "/signed-out", "/sign-in?lang=zh-CN", "/logout", "/authorize?client_id=payroll"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_closed_to_frames_scripts_and_caches(house: House, path: str) -> None:
    browser = Browser(house).get(path)
    assert browser.last is not None
    headers = browser.last.headers
    policy = headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ):
        assert part in policy
    assert "unsafe" not in policy and "*" not in policy
    assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"] and headers["Referrer-Policy"] == "same-origin"
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", browser.page) and "onclick" not in browser.page
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


@pytest.mark.parametrize(
    "host", ["evil.example", "id.example.evil.example", "id.example:444", "id.example@evil.example", "", "127.0.0.1"]
)
def test_another_host_is_not_served(house: House, host: str) -> None:
    client = Client(house.app)  # type: ignore[arg-type]
    for path in ("/sign-in", "/", "/.well-known/openid-configuration", "/static/x"):
        answer = client.get(path, headers={"Host": host}, environ_overrides={"HTTP_HOST": host})
        assert answer.status_code == 421 and b"evil" not in answer.get_data()


def test_forwarded_hosts_and_schemes_are_not_believed(house: House) -> None:
    answer = Client(house.app).get(  # type: ignore[arg-type]
        "/.well-known/openid-configuration",
        base_url="https://id.example",
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "http"},
    )
    assert answer.status_code == 200 and "evil" not in answer.get_data(as_text=True)
    assert answer.json["issuer"] == "https://id.example"  # type: ignore[index]


def seen_from(house: House, peer: str, forwarded: str) -> set[str]:
    """The zones and the country that such a request is taken to come from."""
    from flask import Flask

    from idp.web.front import Front

    app = Flask("probe")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": peer}):
        front = Front(house.idp, None, None, "")  # type: ignore[arg-type]
        front.language = lambda: "en"  # type: ignore[method-assign]
        visit = front.visit()
        return {*visit.zones, visit.place.country or "-"}


CHINA, OFFICE = "114.114.114.114", "10.1.2.3"


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("127.0.0.1", OFFICE, {"office", "-"}),
        ("127.0.0.1", CHINA, {"CN"}),
        ("203.0.113.5", OFFICE, {"-"}),  # nobody believes a stranger
        ("203.0.113.5", f"{OFFICE}, 127.0.0.1", {"-"}),
        (CHINA, OFFICE, {"CN"}),
        ("127.0.0.1", f"{OFFICE}, {CHINA}", {"CN"}),  # forged in front of what the proxy wrote
        ("127.0.0.1", f"{OFFICE}, {CHINA}, 127.0.0.1", {"CN"}),
        ("127.0.0.1", f"{OFFICE}, garbage", {"-"}),
        ("127.0.0.1", "garbage", {"-"}),
        ("127.0.0.1", "", {"-"}),
        ("127.0.0.1", f"::ffff:{OFFICE}", {"office", "-"}),
        ("127.0.0.1", f"{CHINA}:4711", {"-"}),
    ],
)
def test_only_the_nearest_hop_before_a_trusted_proxy_is_believed(
    house: House, peer: str, forwarded: str, seen: set[str]
) -> None:
    assert seen_from(house, peer, forwarded) == seen


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "X"])
def test_other_verbs_do_nothing(house: House, method: str) -> None:
    client = Client(house.app)  # type: ignore[arg-type]
    for path in ("/sign-in", "/authorize", "/me/methods", "/", "/consent"):
        assert client.open(path, method=method, base_url="https://id.example").status_code == 405


def test_a_form_is_never_taken_by_get(house: House) -> None:
    app = house.app_of(house.person("getter", "a password"))
    browser = Browser(house).sign_in("/me/sessions", "getter", "a password", app)
    house.clock.move(seconds=30)
    Browser(house).sign_in("/me", "getter", "a password", app)  # a second session, that could be ended
    csrf = browser.get("/me/sessions").hidden(do="end-others")[1]["csrf"]
    assert browser.get(f"/me/sessions?csrf={csrf}&do=end-others").status == 200 and "was ended" not in browser.page
    way_in = Browser(house).get("/sign-in").submit(username="getter@local.example")
    way_in.get(f"{way_in.url}&password=a+password&csrf={way_in.hidden(password='')[1]['csrf']}")
    assert way_in.path == "/sign-in/password"


@pytest.mark.parametrize("size", [300_000, 2_000_000])
def test_what_is_too_large_is_refused_early(house: House, size: int) -> None:
    browser = Browser(house).get("/sign-in")
    action, fields = browser.hidden(username="")
    answer = browser.post(action, fields | {"username": "a" * size})
    assert answer.status_code == 413 and "Traceback" not in answer.get_data(as_text=True)


def test_a_thousand_fields_and_odd_bodies_are_pages(house: House) -> None:
    browser = Browser(house).get("/sign-in")
    action, fields = browser.hidden(username="")
    for body, kind in (
        (b"&".join(b"a%d=1" % number for number in range(5000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe%zz", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"", "text/plain"),
        (b"", ""),
    ):
        answer = browser.http.post(action, base_url="https://id.example", data=body, content_type=kind)
        assert answer.status_code in (400, 403, 413), (body[:20], answer.status_code)
    assert fields["csrf"]


@pytest.mark.parametrize("part", ["places.place", "brief.interaction"])
def test_what_goes_wrong_inside_is_told_to_the_operator_only(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    """Also when what broke is what every page is made with."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret table sub_alice /var/lib")

    port, _, method = part.partition(".")
    monkeypatch.setattr(type(getattr(house.idp.ports, port)), method, broken)
    browser = Browser(house).get("/sign-in/password?i=x")
    assert browser.status == 500
    for word in ("RuntimeError", "secret table", "Traceback", "/var/lib", ".py", "sqlite", "alice"):
        assert word not in browser.page
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", browser.page)
    assert code is not None and code[0] in caplog.text and "secret table" in caplog.text
    assert browser.last is not None and "frame-ancestors 'none'" in browser.last.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/sign-in?i=%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3E", "/?lang=%22%3E%3Cb"])
def test_what_was_sent_is_not_shown_as_markup(house: House, path: str) -> None:
    browser = Browser(house).get(path)
    assert "<script>alert" not in browser.page and "<b" not in browser.page.replace("<b>", "").replace(
        "<body", ""
    ).replace("<button", "").replace("<bdi", "").replace("<br", "")


def test_names_are_shown_as_text(house: House) -> None:
    browser = Browser(house).get("/sign-in").submit(username='"><img src=x onerror=alert(1)>@local.example')
    assert browser.path == "/sign-in/password" and "<img" not in browser.page
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(
            Department("odd", "country", "bureau", Text("<b>Odd</b>", "<b>"), "local", domains=("odd.example",))
        )
    assert "<b>Odd" not in Browser(house).get("/sign-in").submit(username="x@odd.example").page


def test_a_policy_page_names_only_registered_origins(house: House) -> None:
    browser = Browser(house).get(RelyingParty(house).start())
    assert browser.last is not None
    assert "form-action 'self' https://payroll.example;" in browser.last.headers["Content-Security-Policy"]
    other = Browser(house).get(f"/sign-in?i={browser.query['i']}")
    assert other.last is not None
    assert "payroll" not in other.last.headers["Content-Security-Policy"]

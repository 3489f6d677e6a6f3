"""Two servers on one PostgreSQL and one Redis, by settings alone: whatever happens at one is true at the other.

Run on Debian's own servers. A sign-in goes over both, what ends at one is dead at the other, and what is good once is
good once over both.
"""

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from adapters.redis.client import connect_redis, socket_url
from idp.flows.admin import people, roles
from idp.flows.admin.scope import OPERATOR
from idp.model import Subject
from tests.support.browser import VERIFIER, RelyingParty
from tests.support.needs import needs
from tests.support.server import Served, served
from tests.support.stores import new_database, postgres_cluster

pytestmark = [pytest.mark.ci, pytest.mark.timeout(240)]
PASSWORD = "Correct-horse-battery-1"
AT_ONCE = 50


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Debian's Redis on a unix socket, evicting nothing."""
    program = needs("redis-server", "redis-server")
    path = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(path), "--maxmemory-policy", "noeviction", "--appendonly", "yes")
    with open(folder / "redis.log", "wb") as log:
        server = subprocess.Popen((program, *options, "--dir", str(folder)), stdout=log, stderr=log)
    try:
        until = time.monotonic() + 10
        while not path.exists() or not connect_redis(socket_url(path)).ping():
            assert server.poll() is None and time.monotonic() < until, (folder / "redis.log").read_text()
            time.sleep(0.05)
        yield socket_url(path)
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("r")
    with (
        postgres_cluster() as cluster,
        redis_server(folder) as redis,
        served(nodes=2, stores={"database": new_database(cluster), "brief": redis}) as found,
    ):
        found.public_client()
        yield found


def claims(token: str) -> dict[str, object]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))  # type: ignore[no-any-return]


def at_once(call: Callable[[int], TestResponse]) -> list[TestResponse]:
    """Everybody in one moment; whom the door had no place for asks again, as its Retry-After says."""
    gate = Barrier(AT_ONCE)

    def one(number: int) -> TestResponse:
        gate.wait()
        while (answer := call(number)).status_code == 503 and answer.get_data() == b"busy\n":
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def code_form(code: str) -> dict[str, str]:
    return {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}


def test_begun_at_one_finished_at_the_other(house: Served) -> None:
    app = house.house.app_of(house.house.person("ada", PASSWORD))
    browser, docs = house.browser(0), house.party("docs", 0)
    browser.get(docs.start("openid docs.read"))
    house.moved(browser, 1)
    browser.submit(username="ada@local.example")
    house.moved(browser, 0)
    browser.submit(password=PASSWORD)
    house.moved(browser, 1)
    browser.submit(code=app.at(house.house.clock()))
    assert "code" in browser.query, (browser.status, browser.url)
    house.moved(docs, 0)  # the code was issued at the other
    tokens = docs.redeem(browser).json
    assert tokens is not None
    house.moved(docs, 1)
    assert docs.post("/introspect", {"token": tokens["access_token"]}).json["active"] is True  # type: ignore[index]
    # Ended at one: dead at the other at the next request.
    subject = claims(tokens["access_token"])["sub"]
    for node in (0, 1):
        assert house.moved(browser, node).get("/").status == 200  # type: ignore[union-attr]
    house.nodes[0].gerege("person", "end-sessions", str(subject))
    for node in (1, 0):
        house.moved(browser, node)
        browser.get("/")
        assert browser.path == "/sign-in", (node, browser.url)
    assert docs.post("/introspect", {"token": tokens["access_token"]}).json["active"] is False  # type: ignore[index]
    assert refreshed(docs, tokens["refresh_token"]).status_code == 400


def refreshed(party: RelyingParty, token: str) -> TestResponse:
    return party.token({"grant_type": "refresh_token", "refresh_token": token})


def test_a_role_given_or_taken_at_one_is_seen_at_the_other(house: Served) -> None:
    bob: Subject = house.house.person("bob", PASSWORD, roles=("payroll-clerk",))
    app = house.house.app_of(bob)
    browser, payroll = house.browser(0), house.party("payroll", 1)
    browser.sign_in(payroll.start("openid payroll.read"), "bob", PASSWORD, app)
    tokens = payroll.redeem(browser).json
    assert tokens is not None
    assert "payroll.read" in tokens["scope"]
    # Changes are made by this process, a third one on the same stores.
    idp, now = house.house.idp, house.house.clock()
    (held,) = [role for role in people.get(idp, OPERATOR, bob.id, now).roles if role.role == "payroll-clerk"]
    roles.take(idp, OPERATOR, bob.id, held.id, "moved on", now)
    began = time.monotonic()
    answers = [refreshed(house.party("payroll", node), tokens["refresh_token"]) for node in (1, 0)]
    assert time.monotonic() - began < 1
    for answer in answers:
        assert "payroll.read" not in (answer.json or {}).get("scope", ""), answer.json
    roles.grant(idp, OPERATOR, bob.id, "payroll-clerk", "back again", house.house.clock())
    for node in (1, 0):
        assert "payroll.read" in refreshed(house.party("payroll", node), tokens["refresh_token"]).json["scope"]  # type: ignore[index]


def test_an_application_registered_at_one_is_known_at_the_other_within_a_second(house: Served) -> None:
    house.nodes[0].gerege(
        "client", "add", "wiki", "--department", "local", "--redirect-uri", "https://wiki.example/callback"
    )
    house.known_everywhere()
    wiki = house.party("wiki", 1)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda number: house.browser(number % 2).get(wiki.start("openid")).status, range(16)))
    assert set(pages) == {200}


def test_one_code_brings_one_set_of_tokens_over_both(house: Served) -> None:
    app = house.house.app_of(house.house.person("mei", PASSWORD))
    browser = house.browser(0).sign_in(house.party("docs").start("openid docs.read"), "mei", PASSWORD, app)
    code = browser.query["code"]
    parties = [house.party("docs", number % 2) for number in range(AT_ONCE)]
    answers = at_once(lambda number: parties[number].token(code_form(code)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert len(house.house.events("token.replayed")) >= 1
    for answer in won:  # whoever won has nothing any more: the others' tries ended it
        assert refreshed(parties[0], answer.json["refresh_token"]).status_code == 400  # type: ignore[index]


def test_one_refresh_token_of_a_public_client_is_rotated_once_over_both(house: Served) -> None:
    app = house.house.app_of(house.house.person("lin", PASSWORD))
    native = house.party("app", 1)
    browser = house.browser(1).sign_in(native.start("openid docs.read"), "lin", PASSWORD, app)
    first = native.redeem(browser).json["refresh_token"]  # type: ignore[index]
    parties = [house.party("app", number % 2) for number in range(AT_ONCE)]
    answers = at_once(lambda number: refreshed(parties[number], first))
    assert {answer.status_code for answer in answers} <= {200, 400}
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for answer in won:
        assert refreshed(native, answer.json["refresh_token"]).status_code == 400  # type: ignore[index]


def test_one_node_dies_and_the_other_goes_on(house: Served) -> None:
    app = house.house.app_of(house.house.person("wei", PASSWORD))
    docs, browser = house.party("docs", 1), house.browser(0)
    browser.get(docs.start("openid docs.read")).submit(username="wei@local.example")
    house.nodes[0].kill()
    house.moved(browser, 1)
    browser.submit(password=PASSWORD).submit(code=app.at(house.house.clock()))
    assert docs.redeem(browser).status_code == 200
    house.nodes[0].start()
    house.moved(browser, 0)
    assert browser.get("/").status == 200
    report = house.nodes[1].gerege("audit", "verify")
    assert report["ok"] is True

"""The short-lived store is emptied, replaced or stopped: nothing spent is good again, no wrong yes, and it recovers.

Everything here happens to the real server; only the store is harmed.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update

from adapters.redis import embedded
from adapters.redis.client import connect_redis, socket_url
from adapters.sql.tables import store_epoch
from tests.support.browser import VERIFIER, Browser, RelyingParty
from tests.support.server import Served, served, valkey_pid

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]
PASSWORD = "Correct-horse-battery-1"
WINDOW = timedelta(minutes=15)


@pytest.fixture
def house() -> Iterator[Served]:
    with served() as found:
        yield found


def folder_of(house: Served) -> Path:
    return house.node.config.parent


def emptied(house: Served) -> None:
    connect_redis(socket_url(folder_of(house) / "valkey" / "socket")).flushall()


def replaced(house: Served) -> None:
    """Killed, its files deleted, and another one in its place: the server starts it again by itself."""
    folder = folder_of(house) / "valkey"
    os.kill(valkey_pid(folder_of(house)), signal.SIGSTOP)  # so that nothing is started between the two steps
    for path in folder.glob("appendonly*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.kill(valkey_pid(folder_of(house)), signal.SIGKILL)
    eventually(lambda: house.node.get("/readyz")[0] == 200)


def eventually(what: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def spent_code(party: RelyingParty, code: str) -> tuple[int, str]:
    answer = party.token({"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER})
    return answer.status_code, str(answer.json.get("error"))  # type: ignore[union-attr]


def a_window_later(house: Served) -> None:
    """As if the store had forgotten earlier; workers read that when they start."""
    engine = create_engine(house.house.idp.settings.stores.database)
    with engine.begin() as connection:
        connection.execute(update(store_epoch).values(forgot_at=datetime.now(UTC) - 4 * WINDOW))
    engine.dispose()
    house.node.kill()  # the store lives on
    house.node.start()


@pytest.mark.parametrize("harm", [emptied, replaced], ids=["emptied", "its files deleted"])
def test_nothing_spent_is_good_again(house: Served, harm: Callable[[Served], None]) -> None:
    house.public_client()
    app, other = (house.house.app_of(house.house.person(name, PASSWORD)) for name in ("ada", "bob"))
    browser, docs, native = house.browser(), house.party("docs"), house.party("app")
    browser.get(docs.start("openid docs.read")).submit(username="ada@local.example").submit(password=PASSWORD)
    step = app.at(datetime.now(UTC) + timedelta(seconds=30))  # a phone that is ahead: good for a minute at least
    used_at = time.monotonic()
    browser.submit(code=step)
    code = browser.query["code"]
    assert docs.redeem(browser).status_code == 200
    browser.get(native.start("openid docs.read"))
    first = native.redeem(browser).json["refresh_token"]  # type: ignore[index]
    second = native.token({"grant_type": "refresh_token", "refresh_token": first}).json["refresh_token"]  # type: ignore[index]
    browser.get(docs.start("openid docs.read"))
    unspent = browser.query["code"]
    waiting = house.browser()
    waiting.get(docs.start("openid docs.read"))

    harm(house)

    # Codes died, spent or not; sessions and current refresh tokens live in SQL and go on.
    assert spent_code(docs, code) == (400, "invalid_grant")
    assert spent_code(docs, unspent) == (400, "invalid_grant")
    assert browser.get("/").status == 200
    assert "ada" in browser.page.lower()
    answer = native.token({"grant_type": "refresh_token", "refresh_token": second})
    assert answer.status_code == 200
    # A spent refresh token is a replay, as it was before, and ends its family.
    assert native.token({"grant_type": "refresh_token", "refresh_token": first}).status_code == 400
    third = answer.json["refresh_token"]  # type: ignore[index]
    assert native.token({"grant_type": "refresh_token", "refresh_token": third}).status_code == 400
    # A page that was open says that it is over, and how to go on.
    waiting.submit(username="ada@local.example")
    assert waiting.status == 410
    assert "Please continue from here." in waiting.page
    # No password is heard for a window, since nobody knows any more who has guessed; then people sign in as ever.
    # The TOTP step that was used is not good again.
    assert not passed(guess(house.browser(), docs, PASSWORD))
    a_window_later(house)
    again = house.browser()
    again.get(docs.start("openid docs.read")).submit(username="ada@local.example").submit(password=PASSWORD)
    assert again.path == "/sign-in/totp", (again.status, again.url, again.page[:2000])
    again.submit(code=step)
    assert time.monotonic() - used_at < 60, "too slow to prove anything"
    assert again.path == "/sign-in/totp"
    assert "code" in house.browser().sign_in(docs.start("openid docs.read"), "bob", PASSWORD, other).query


def guess(browser: Browser, party: RelyingParty, password: str) -> Browser:
    browser.get(party.start("openid docs.read")).submit(username="ada@local.example")
    return browser.submit(password=password)


def passed(browser: Browser) -> bool:
    return browser.path != "/sign-in/password"


def test_a_guesser_gains_nothing_by_it(house: Served) -> None:
    house.house.person("ada", PASSWORD)
    docs = house.party("docs")
    for number in range(4):
        assert not passed(guess(house.browser(), docs, f"wrong-{number}"))
    assert not passed(guess(house.browser(), docs, PASSWORD)), "the budget was not spent"
    emptied(house)
    for _ in range(3):  # not even the right one is looked at, from whatever network
        assert not passed(guess(house.browser(address="10.9.9.9"), docs, PASSWORD))
    assert house.house.events("sign-in.succeeded") == []


def test_a_store_that_is_away_lets_nobody_in_and_ends_nobody(tmp_path: Path) -> None:
    store = embedded.start(tmp_path / "s")
    try:
        with served(stores={"brief": store.url}) as house:
            app = house.house.app_of(house.house.person("ada", PASSWORD))
            browser, docs = house.browser(), house.party("docs")
            browser.sign_in(docs.start("openid docs.read"), "ada", PASSWORD, app)
            tokens = docs.redeem(browser).json
            browser.get(docs.start("openid docs.read"))
            unspent = browser.query["code"]
            waiting = house.browser()
            waiting.get(docs.start("openid docs.read")).submit(username="ada@local.example")

            store.stop()

            assert house.node.get("/healthz")[0] == 200
            assert house.node.get("/readyz")[0] == 503
            away = house.browser().get(docs.start("openid docs.read"))
            assert (away.status, "<main" in away.page) == (503, True)
            assert away.last is not None
            assert away.last.headers["Retry-After"]
            waiting.submit(password=PASSWORD)
            assert (waiting.status, "<main" in waiting.page) == (503, True)
            assert spent_code(docs, unspent) == (503, "temporarily_unavailable")
            # What stands in SQL goes on: the launchpad, refresh, introspection.
            assert browser.get("/").status == 200
            assert tokens is not None
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            answer = docs.token(form)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            told = docs.post("/introspect", {"token": answer.json["access_token"]})  # type: ignore[index]
            assert told.json["active"] is True  # type: ignore[index]

            store = embedded.start(tmp_path / "s")

            eventually(lambda: house.node.get("/readyz")[0] == 200)
            assert docs.token({"grant_type": "authorization_code", "code": unspent, "code_verifier": VERIFIER}).json
            bob = house.house.app_of(house.house.person("bob", PASSWORD))
            assert "code" in house.browser().sign_in(docs.start("openid docs.read"), "bob", PASSWORD, bob).query
    finally:
        store.stop()


def test_an_embedded_store_that_dies_is_started_again(house: Served) -> None:
    """And remembers: a code of before is good once."""
    app = house.house.app_of(house.house.person("ada", PASSWORD))
    browser, docs = house.browser(), house.party("docs")
    browser.sign_in(docs.start("openid docs.read"), "ada", PASSWORD, app)
    died = valkey_pid(folder_of(house))
    os.kill(died, signal.SIGKILL)
    eventually(lambda: valkey_pid(folder_of(house)) != died and house.node.get("/readyz")[0] == 200)
    assert docs.redeem(browser).status_code == 200
    assert "the embedded store has died" in house.node.log.read_text()
    assert house.node.stop() == 0

"""The whole server is killed with -9 in the middle of sign-ins and refreshes: what was answered is there afterwards.

The clients count what they were told. Each answer of success must be in the log, which must still hold; refresh tokens
that were handed out work, the embedded Valkey is adopted, and no process is left over.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
import pytest

from idp.model import Subject
from tests.support.browser import Browser
from tests.support.processes import command_of, group_of, processes
from tests.support.server import Dead, Served, served, valkey_pid

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]
PASSWORD = "Correct-horse-battery-1"
CROWD = 6
ROUNDS = 40
ENOUGH = 30
"""Answers of success before the blow falls, so that it falls in the middle."""


@dataclass
class Told:
    """What one person's clients were told before the line went dead."""

    signed_in: int = 0
    codes: int = 0
    refreshed: int = 0
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    """The last refresh token of each family that an answer brought."""
    in_doubt: set[str] = field(default_factory=set)
    """Families with a rotation under way when the line went dead: nobody can know which token is good."""
    unspent: list[Browser] = field(default_factory=list)


def live(house: Served, name: str, app: pyotp.TOTP, told: Told, struck: threading.Event) -> None:
    """One person signs in, opens applications and lets them refresh, until nobody answers."""
    browser, docs, native = house.browser(), house.party("docs"), house.party("app")
    try:
        browser.sign_in(docs.start("openid docs.read"), name, PASSWORD, app)
        assert "code" in browser.query, (browser.status, browser.url, browser.page[:500])
        told.signed_in, told.codes = 1, 1
        for number in range(ROUNDS):
            party = (docs, native)[number % 2]
            browser.get(party.start("openid docs.read"))
            assert "code" in browser.query, (browser.status, browser.page[:500])
            told.codes += 1
            form = {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": "v" * 64}
            answer = party.token(form)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            refresh(party, answer.json["refresh_token"], told)  # type: ignore[index]
    except Dead:
        assert struck.is_set(), "no answer, and nobody had killed it yet"


def refresh(party: object, token: str, told: Told) -> None:
    family = token.partition(".")[0]
    told.refresh_tokens[family] = token
    told.in_doubt.add(family)
    answer = party.token({"grant_type": "refresh_token", "refresh_token": token})  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told.refresh_tokens[family] = answer.json["refresh_token"]
    told.in_doubt.discard(family)
    told.refreshed += 1


def crowd(house: Served) -> dict[str, tuple[Subject, pyotp.TOTP]]:
    people = {}
    for number in range(CROWD):
        name = f"clerk{number}"
        subject = house.house.person(name, PASSWORD)
        people[name] = (subject, house.house.app_of(subject))
    return people


def storm(house: Served, people: dict[str, tuple[Subject, pyotp.TOTP]], *, group: bool) -> dict[str, Told]:
    """All of them at once; after enough answers the server is killed. Returns what each was told."""
    told = {name: Told() for name in people}
    failures: list[BaseException] = []
    struck = threading.Event()

    def run(name: str) -> None:
        try:
            live(house, name, people[name][1], told[name], struck)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in people]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while not failures and sum(one.codes + one.refreshed for one in told.values()) < ENOUGH:
        assert time.monotonic() < until, told
        time.sleep(0.005)
    struck.set()
    house.node.kill(group=group)
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    return told


def logged(house: Served, name: str) -> Counter[str]:
    """Events of that name by subject, once nothing waits to be sequenced any more."""
    audit = house.house.idp.ports.truth.audit
    until = time.monotonic() + 10
    while any(row.seq is None for row in audit.search(limit=500)) and time.monotonic() < until:
        time.sleep(0.05)
    return Counter(json.loads(row.body).get("subject_id") for row in audit.search(name=name, limit=10_000))


@pytest.mark.parametrize("group", [True, False], ids=["all of it", "the supervisor alone"])
def test_what_was_answered_is_in_the_log(group: bool) -> None:
    with served() as house:
        house.public_client()
        people = crowd(house)
        folder = house.node.config.parent
        store = valkey_pid(folder)
        members = house.node.members()
        assert len(members) >= 3
        told = storm(house, people, group=group)
        assert sum(one.codes for one in told.values()) >= CROWD
        assert sum(one.refreshed for one in told.values()) > 0
        gone(members)
        assert command_of(store), "the embedded store outlives the server, to be adopted"

        house.node.start()
        assert valkey_pid(folder) == store
        signed_in, codes = logged(house, "sign-in.succeeded"), logged(house, "grant.code-issued")
        assert house.node.gerege("audit", "verify")["ok"] is True
        for name, (subject, _) in people.items():
            assert signed_in[subject.id] >= told[name].signed_in, name
            assert codes[subject.id] >= told[name].codes, name
        for one in told.values():
            for family, token in one.refresh_tokens.items():
                if family not in one.in_doubt:
                    still_good(house, token)
        assert house.node.stop() == 0
        gone([*house.node.members(), store], of=folder)


def still_good(house: Served, token: str) -> None:
    """Whoever holds it, one of the two clients."""
    answers = []
    for client in ("docs", "app"):
        family = house.house.idp.ports.truth.grants.family(token.partition(".")[0])
        assert family is not None
        if family[0].client_id == client:
            party = house.party(client)
            answers.append(party.token({"grant_type": "refresh_token", "refresh_token": token}).status_code)
    assert answers == [200], answers


def gone(pids: list[int], of: Path | None = None) -> None:
    """They end within three seconds, and nothing else of that folder runs."""
    until = time.monotonic() + 3
    while (left := [pid for pid in pids if pid in processes()]) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left, [(pid, group_of(pid), command_of(pid)) for pid in left]
    if of is not None:
        assert not [pid for pid in processes() if str(of) in command_of(pid)]


def test_the_embedded_store_killed_too_comes_back_with_what_it_knew() -> None:
    with served() as house:
        person = house.house.person("ada", PASSWORD)
        app = house.house.app_of(person)
        browser, docs = house.browser(), house.party("docs")
        browser.sign_in(docs.start("openid docs.read"), "ada", PASSWORD, app)
        spent = dict(browser.query)
        assert docs.redeem(browser).status_code == 200
        browser.get(docs.start("openid docs.read"))
        waiting = house.browser()
        waiting.get(docs.start("openid docs.read"))
        assert waiting.path == "/sign-in"
        folder = house.node.config.parent
        before = valkey_pid(folder)
        os.kill(before, signal.SIGKILL)
        house.node.kill()
        house.node.start()
        assert valkey_pid(folder) != before
        # Nothing was forgotten: the unspent code is good once, the spent one is known as spent, the page goes on.
        assert docs.redeem(browser).status_code == 200
        again = docs.token({"grant_type": "authorization_code", "code": spent["code"], "code_verifier": "v" * 64})
        assert (again.status_code, again.json["error"]) == (400, "invalid_grant")  # type: ignore[index]
        assert house.house.events("token.replayed")
        waiting.submit(username="ada@local.example")
        assert (waiting.status, waiting.path) == (200, "/sign-in/password")

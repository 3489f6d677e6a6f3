"""All directories hang at once: local people, administrators, whoever is signed in and whoever has a passkey go on.

The best-known provider stops here for everybody, its own administrators too. Nothing below waits for a directory but
those whom only their directory can know, and they are answered within seconds.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from idp.cli.__main__ import gerege
from idp.flows.admin import console_client
from idp.flows.people import take_over
from idp.flows.watch import Watcher
from idp.model import OUTAGE, Department, Subject
from tests.stories.faults.ground import QUICK, Ground, logged, opened, reference
from tests.support.authenticator import Passkey
from tests.support.browser import ISSUER, RelyingParty
from tests.support.console import enter
from tests.support.house import Browser, House
from tests.support.passkeys import by_passkey, hold
from tests.support.production import toml
from tests.support.slapd import Directory, directory

pytestmark = pytest.mark.ci
SOON, LONG = 3.0, {"connect_timeout_seconds": 5, "receive_timeout_seconds": 5}
"""Seconds for whoever needs no directory, on a busy machine; whoever waited for one would wait longer."""
REFRESHING = ("authorization_code", "refresh_token")


@pytest.fixture(scope="module")
def education(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("moe"), "moe") as moe:
        kept = moe.file.department
        own = {**kept.settings, **QUICK, OUTAGE: {"passkey_hours": 3}}
        ground.put(replace(kept, parent_id="country", settings=own))
        console_client.ensure(ground.house.idp, "local")
        docs = ground.house.idp.ports.truth.configuration().clients["docs"]
        with ground.house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(replace(docs, grant_types=REFRESHING, scopes=(*docs.scopes, "offline_access")))
        yield moe


@contextmanager
def all_frozen(ground: Ground, education: Directory) -> Iterator[None]:
    ground.directory.freeze()
    education.freeze()
    try:
        yield
    finally:
        ground.directory.thaw()
        education.thaw()


def docs(ground: Ground, **more: str) -> str:
    return RelyingParty(ground.house, "docs").start("openid docs.read offline_access", **more)


def with_passkey(ground: Ground, uid: str, department: Department) -> tuple[Subject, Passkey]:
    """Somebody of a directory, read now."""
    connector = ground.house.idp.ports.directories.of(department)
    assert connector is not None
    entry = connector.find(uid)
    assert entry is not None
    subject, key = take_over(ground.house.idp, department, entry, ground.house.clock()), Passkey()
    hold(ground.house, subject, key)
    return subject, key


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


def test_local_people_and_administrators_notice_nothing(ground: Ground, education: Directory) -> None:
    house = ground.house
    app = house.app_of(house.person("clerk", "a local password"))
    with ground.settings(**LONG), all_frozen(ground, education):
        with soon():
            assert "code" in Browser(house).sign_in(docs(ground), "clerk", "a local password", app).query
        with soon():
            admin = enter(house, "admin", "local", "system-administrator")
        for path in ("/admin", "/admin/people", "/admin/apps"):
            with soon():
                assert admin.get(path).status == 200, path
        # This page asks each directory, with an end to its patience: they are shown as they are.
        admin.get("/admin/departments")
        assert admin.status == 200 and "Ministry of Finance" in admin.page
    ground.works_again("he.ping")


def test_who_is_signed_in_goes_on(ground: Ground, education: Directory) -> None:
    subject, key = with_passkey(ground, "song.yu", ground.department)
    browser = by_passkey(ground.house, docs(ground), key)
    told = RelyingParty(ground.house, "docs").redeem(browser).json
    assert told is not None
    with ground.settings(**LONG), all_frozen(ground, education):
        with soon():
            assert "code" in browser.get(docs(ground)).query
        with soon():
            form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
            assert RelyingParty(ground.house, "docs").token(form).status_code == 200
        assert Watcher(ground.house.idp).round().away
        (session,) = ground.house.idp.ports.truth.sessions.of(subject.id, ground.house.clock())
        assert not session.degraded
    ground.works_again("he.ping")


@pytest.mark.parametrize(("department", "uid"), [("mof", "zhou.ting"), ("moe", "wang.wei@moe.example")])
def test_a_passkey_opens_what_policy_names_and_is_marked(
    ground: Ground, education: Directory, department: str, uid: str
) -> None:
    kept = ground.house.idp.ports.truth.configuration().departments[department]
    subject, key = with_passkey(ground, uid, kept)
    with all_frozen(ground, education):
        browser = by_passkey(ground.house, docs(ground), key)
        assert RelyingParty(ground.house, "docs").id_token(browser)["degraded"] is True
        (session,) = ground.house.idp.ports.truth.sessions.of(subject.id, ground.house.clock())
        assert session.degraded
        browser.get(RelyingParty(ground.house).start("openid profile"))
        assert "code" not in browser.query  # Payroll does not live with old knowledge
    ground.works_again("he.ping")


def test_who_has_nothing_but_a_password_reads_whose_directory_it_is(
    ground: Ground, education: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    with all_frozen(ground, education):
        browser = ground.sign_in("he.ping")
        assert (browser.status, opened(browser)) == (503, False)
        assert "Ministry of Finance is not answering" in browser.page and "Your passkey still works" in browser.page
        assert "unavailable: mof: " in logged(caplog.records, reference(browser))
    ground.works_again("he.ping")


def test_the_operator_at_the_machine_is_told_and_can_work(ground: Ground, education: Directory) -> None:
    """The way in that needs nobody's directory and no browser: the command line, on the same store."""
    house, environment = ground.house, {"GEREGE_CONFIG": str(config_of(ground))}

    def run(*words: str) -> tuple[int, Any]:
        done = CliRunner().invoke(gerege, [*words, "--json"], env=environment)
        return done.exit_code, json.loads(done.output)

    somebody = house.person("emergency", "a local password")
    with all_frozen(ground, education):
        code, told = run("dept", "test", "mof")
        assert code == 1 and "does not answer" in json.dumps(told), told
        code, _ = run("dept", "list")
        assert code == 0
        code, told = run("person", "show", somebody.id)
        assert code == 0, told
    ground.works_again("he.ping")
    assert run("dept", "test", "mof")[0] == 0


def test_healthz_and_readyz_tell_of_this_node_alone(ground: Ground, education: Directory) -> None:
    """It serves: taking it out of the round would make two ministries' bad day everybody's."""
    with ground.settings(**LONG), all_frozen(ground, education), soon():
        for path in ("/healthz", "/readyz"):
            assert house_answer(ground.house, path) == 200
    ground.works_again("he.ping")


def house_answer(house: House, path: str) -> int:
    return house.http().get(path, base_url=ISSUER).status_code


def config_of(ground: Ground) -> Path:
    folder = ground.state.parent / "house"
    tables: dict[str, dict[str, object]] = {
        "": {"mode": "demonstration"},
        "server": {"issuer": ISSUER, "trusted_proxies": []},
        "stores": {"database": f"sqlite:///{folder}/gerege.sqlite", "brief": "embedded", "state_dir": str(folder)},
        "keys": {
            "master_key_file": str(folder / "master.key"),
            "checkpoint_file": str(folder / "audit.checkpoint"),
        },
    }
    file = folder / "gerege.toml"
    file.write_text(toml(tables), encoding="utf-8")
    return file

"""Production refuses to start on settings that would harm, names each with its fix; the first three get in once."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest

from adapters.master_key import MasterKey
from tests.support.browser import Browser
from tests.support.production import free_port, production, toml
from tests.support.server import Node, Served, gerege, served

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]
Tables = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Wrong:
    """Settings that must not be served: what is done to good ones, and words of what is said of them."""

    name: str
    harm: Callable[[Tables, Path], None]
    said: tuple[str, ...]
    code: int = 2


def http_issuer(tables: Tables, folder: Path) -> None:
    tables["server"]["issuer"] = "http://id.example"


def no_proxies(tables: Tables, folder: Path) -> None:
    del tables["server"]["trusted_proxies"]


def open_key(tables: Tables, folder: Path) -> None:
    (folder / "master.key").chmod(0o644)


def no_key(tables: Tables, folder: Path) -> None:
    (folder / "master.key").unlink()


def demonstration(tables: Tables, folder: Path) -> None:
    """Demonstration mode where strangers reach it."""
    tables[""] = {"mode": "demonstration"}
    tables["server"]["listen"] = f"0.0.0.0:{free_port()}"
    tables["server"]["issuer"] = "http://id.example"


def misspelt(tables: Tables, folder: Path) -> None:
    tables["server"]["isuer"] = "https://id.example"


WRONGS = (
    Wrong("http issuer", http_issuer, ("server.issuer", "https")),
    Wrong("unset trusted proxies", no_proxies, ("server.trusted_proxies", "[] when nobody is")),
    Wrong("world-readable master key", open_key, ("keys.master_key_file", "chmod 600")),
    Wrong("no master key", no_key, ("keys.master_key_file", "is not there", "make-master", "backup")),
    Wrong("demonstration for strangers", demonstration, ("server.issuer", "server.listen", "127.0.0.1 only")),
    Wrong("a misspelt setting", misspelt, ("gerege.toml:", "server.isuer", "no such setting")),
)


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.name)
def test_refused_with_its_fix_by_server_and_doctor(tmp_path: Path, wrong: Wrong) -> None:
    tables: Tables = {"": {}} | production(tmp_path, free_port())
    config = tmp_path / "gerege.toml"
    config.write_text(toml(tables))
    MasterKey.create(tmp_path / "master.key")
    wrong.harm(tables, tmp_path)
    config.write_text(toml(tables))

    node = Node(config, 0, tmp_path / "log").launch()
    assert node.running.wait(60) == wrong.code
    said = node.log.read_text()
    assert "Traceback" not in said
    assert all(word in said for word in wrong.said), said
    assert not (tmp_path / "gerege.sqlite").exists(), "nothing is made before the settings are right"

    answer = gerege(config, "doctor")
    assert answer.returncode == 1
    checks = json.loads(answer.stdout)["checks"]
    red = " ".join(f"{one['told']} {one['fix']}" for one in checks if one["state"] == "fail")
    assert all(word in red for word in wrong.said), red
    assert all(one["fix"] for one in checks if one["state"] != "ok"), checks


def test_a_lost_key_is_told_with_what_it_means(tmp_path: Path) -> None:
    """The database is there, its key is not; another key is no help."""
    with served() as house:
        config, folder = house.node.config, house.node.config.parent
        assert house.node.stop() == 0
        (folder / "master.key").rename(tmp_path / "lost")
        assert gerege(config, "keys", "make-master").returncode == 0
        node = house.node.launch()
        assert node.running.wait(60) == 2
        said = node.log.read_text()
        assert "was sealed with master key" in said
        assert "nothing sealed can be read" in said
        assert "Traceback" not in said
        doctor = json.loads(gerege(config, "doctor").stdout)["checks"]
        red = [one for one in doctor if one["check"] == "master key" and one["state"] == "fail"]
        assert red, doctor
        assert all("without it nothing sealed can be read" in one["fix"] for one in red)
        (tmp_path / "lost").rename(folder / "master.key")
        house.node.start()


@pytest.fixture(scope="module")
def house() -> Iterator[Served]:
    with served() as found:
        yield found


def test_the_first_three_get_in_once(house: Served) -> None:
    """Bootstrap prints what each needs, once; each enrols with it and reaches the console of that role."""
    first = house.node.gerege("admin", "bootstrap")
    assert [one["role"] for one in first["administrators"]] == [
        "system-administrator",
        "security-administrator",
        "audit-administrator",
    ]
    assert len({one["code"] for one in first["administrators"]}) == 3
    again = house.node.gerege("admin", "bootstrap", code=1)
    assert "administrators already" in again["message"]
    assert not any(one["code"] in json.dumps(again) for one in first["administrators"])
    rooms = [entered(house, one) for one in first["administrators"]]
    # What each sees is not what the others see.
    system, security, audit = (set(re.findall(r'href="(/admin[^"?#]*)', browser.page)) for browser in rooms)
    assert "/admin/audit" in audit
    assert system != security != audit
    stranger = house.browser()
    one = first["administrators"][0]
    stranger.get(first["address"]).submit(username=one["signs_in_as"]).submit(password=own_password(one))
    assert stranger.path == "/sign-in/totp", "a spent code must not lead to another enrolment"


def own_password(one: dict[str, Any]) -> str:
    """What this administrator chooses instead of the first one."""
    return f"heron marsh lantern {one['code'][::-1]}"


def entered(house: Served, one: dict[str, Any]) -> Browser:
    """One administrator's first sign-in: password, enrolment code, authenticator app, a new password, the console."""
    browser = house.browser()
    browser.get("/admin").submit(username=one["signs_in_as"]).submit(password=one["password"])
    assert browser.path == "/sign-in/enrol", (browser.url, browser.page[:1500])
    browser.submit(way="totp").submit(code=one["code"])
    key = re.search(r"secret=([A-Z2-7]+)", browser.page)
    assert key, (browser.url, browser.page[:1500])
    browser.submit(code=pyotp.TOTP(key[1]).at(datetime.now(UTC)), name="Phone")
    assert browser.path == "/sign-in/new-password", "whoever installed knows the first one"
    browser.submit(new=own_password(one))
    assert (browser.status, browser.path) == (200, "/admin"), (browser.status, browser.url)
    return browser


def test_signals_end_it_in_order(house: Served) -> None:
    """SIGTERM and Ctrl-C to the whole group: exit status 0, nobody left."""
    assert house.node.stop() == 0
    assert house.node.members() == []
    house.node.start()
    os.killpg(house.node.running.pid, signal.SIGINT)
    assert house.node.running.wait(20) == 0
    assert house.node.members() == []
    house.node.start()

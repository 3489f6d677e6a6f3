"""Each way in which a directory can fail, on a real one: what the person reads, what the operator reads, and that it
works again by itself. Nobody is let in, nobody is held to have left, nothing of the inside is told to a stranger.

Spec: RFC 4511 §4.2, §4.5; house.md's *an unreadable directory is unavailable, never absent and never a yes*.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from demo.directories.ca import ensure_ca, server_certificate
from demo.directories.private_files import write_private
from idp.errors import Unavailable
from idp.flows.people import take_over
from idp.flows.watch import Watcher
from tests.stories.faults.ground import DOWN, Ground, logged, opened, reference
from tests.support.authenticator import Passkey
from tests.support.house import RelyingParty
from tests.support.line import BUSY, FINE, SUCCESS, Trouble, told
from tests.support.passkeys import by_passkey, hold
from tests.support.pki import issue

pytestmark = pytest.mark.ci
LONGEST = 4.0
"""Seconds that anybody waits for the page: connect and receive timeouts are one second each here."""
Happens = Callable[[Ground], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`cause`: what the operator reads, in the log and in the console. `seen`: whether the console's check finds it."""

    name: str
    happens: Happens
    cause: str
    seen: bool = True


@contextmanager
def killed(ground: Ground) -> Iterator[None]:
    with ground.direct:
        ground.works_again("he.ping")
        ground.directory.kill()
        try:
            yield
        finally:
            ground.restart()
        ground.works_again("he.ping")


@contextmanager
def frozen(ground: Ground) -> Iterator[None]:
    with ground.direct:
        ground.works_again("he.ping")
        ground.directory.freeze()
        try:
            yield
        finally:
            ground.directory.thaw()
        ground.works_again("he.ping")


def on_the_line(trouble: Trouble) -> Happens:
    @contextmanager
    def happens(ground: Ground) -> Iterator[None]:
        ground.line.becomes(trouble)
        ground.line.cut()
        try:
            yield
        finally:
            ground.line.becomes(FINE)
            ground.line.cut()

    return happens


@contextmanager
def mute(ground: Ground) -> Iterator[None]:
    """Half-open: what is connected stays so, and nothing comes any more."""
    assert opened(ground.sign_in("he.ping"))
    ground.line.becomes(Trouble(mute=True))
    try:
        yield
    finally:
        ground.line.becomes(FINE)


@contextmanager
def certificate(ground: Ground, kind: str) -> Iterator[None]:
    folder, now = ground.state / f"other-{kind}", datetime.now(UTC)
    own = ground.directory.prepared.ca_file.parent
    shown = {
        "another authority": lambda: (ensure_ca(folder, now), server_certificate(folder, "mof", now))[1],
        "another name": lambda: server_certificate(own, "elsewhere", now, "ldap.elsewhere.example"),
        "expired": lambda: issue(own, "expired", address="127.0.0.1", life=timedelta(minutes=-1)),
    }[kind]()
    ground.line.becomes(Trouble(certificate=shown))
    try:
        yield
    finally:
        ground.line.becomes(FINE)
        ground.line.cut()


def with_certificate(kind: str) -> Happens:
    return lambda ground: certificate(ground, kind)


def with_settings(**changes: object) -> Happens:
    return lambda ground: ground.settings(**changes)


@contextmanager
def another_password(ground: Ground) -> Iterator[None]:
    """The directory gave its read-only account another password, and nobody told us."""
    file = ground.directory.prepared.account_password_file
    right = file.read_text()
    write_private(file, b"not any more")
    ground.line.cut()
    try:
        yield
    finally:
        write_private(file, right.encode())


def attributes(ground: Ground, **changes: object) -> AbstractContextManager[object]:
    held = ground.department.settings["attributes"]
    assert isinstance(held, dict)
    return ground.settings(attributes={**held, **changes})


def endless(question: bytes) -> bytes:
    """The beginning of an answer of a hundred megabytes."""
    return b"\x30\x84\x06\x00\x00\x00" + b"\x02\x01\x01\x64" + bytes(3 * 1024 * 1024)


FAULTS = (
    Fault("killed", killed, r"urls: .*(does not answer|no TLS).*see (that the directory runs|whether it speaks)"),
    Fault("frozen", frozen, r"urls: .*(timed out|does not answer)|search: .*timed out|receiving"),
    Fault("half-open before TLS", on_the_line(Trouble(silent=True)), r"urls: no TLS with .*timed out"),
    Fault("half-open after TLS", mute, r"timed out|receiving data|urls: .*does not answer"),
    Fault("cut after the bind", on_the_line(Trouble(cut_after=b"uid=he.ping")), r"bind: .*see that", seen=False),
    Fault("slow", on_the_line(Trouble(wait=3)), r"urls: .*does not answer.*see that the directory"),
    Fault("dripping", on_the_line(Trouble(drip=0.4)), r"urls: .*(too slowly|receiving|does not answer)"),
    Fault("another authority", with_certificate("another authority"), r"ca_file: .*did not sign.*give the CA that did"),
    Fault("another name", with_certificate("another name"), r"urls: .*another name.*use a name that stands in"),
    Fault("expired certificate", with_certificate("expired"), r"urls: .*certificate .*expired.*renew it"),
    Fault("success to everything", on_the_line(Trouble(answer=told(SUCCESS))), r"urls: .*accepts any password"),
    Fault("busy to everything", on_the_line(Trouble(answer=told(BUSY))), r"urls: .*answered busy.*see its log"),
    Fault("garbage", on_the_line(Trouble(answer=lambda _: b"\x30\x0bHTTP/1.1 400")), r"urls: .*does not answer"),
    Fault("endless answers", on_the_line(Trouble(answer=endless)), r"urls: .*does not answer.*see that the directory"),
    Fault("wrong base", with_settings(base_dn="ou=nowhere,dc=mof,dc=example"), r"base_dn: .*does not exist.*correct"),
    Fault("wrong filter", with_settings(people_filter="(objectClass=noSuchClass)"), r"people_filter: nobody under"),
    Fault("wrong account", another_password, r"bind_password_file: .*refused cn=gerege.*put the right password"),
    Fault("no such stable id", lambda ground: attributes(ground, stable_id="noSuchId"), r"(people_filter|stable_id): "),
    Fault("no such name", lambda ground: attributes(ground, identifiers=["noSuchName"]), r"people_filter: nobody"),
    Fault("no rights", with_settings(bind_dn="uid=tang.bo,ou=people,dc=mof,dc=example"), r"bind_password_file: "),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_is_told_to_both_and_heals(ground: Ground, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    ground.works_again("he.ping")
    with fault.happens(ground):
        for language, words in DOWN.items():
            began = time.monotonic()
            browser = ground.sign_in("he.ping", language=language)
            assert time.monotonic() - began < LONGEST
            assert (browser.status, opened(browser), browser.cookie("session")) == (503, False, None)
            assert browser.last is not None and int(browser.last.headers["Retry-After"]) > 0
            assert words in browser.page
            assert not re.search("127.0.0.1|dc=mof|ca_file|Traceback", browser.page)
            line = logged(caplog.records, reference(browser))
            assert "unavailable: mof: " in line and re.search(fault.cause, line), line
        health = ground.health
        assert health.up != fault.seen, health.error
        assert not fault.seen or re.search(fault.cause, health.error or ""), health.error
    ground.works_again("he.ping")
    assert ground.house.told("directory.unavailable")


SIGNED_IN = {
    "killed": "song.yu",
    "frozen": "zhou.ting",
    "success to everything": "lin.xia",
    "busy to everything": "zhu.lin",
    "wrong base": "xu.jing",
    "no such stable id": "liu.yang",
}


@pytest.mark.parametrize("name", SIGNED_IN, ids=lambda name: name.replace(" ", "-"))
def test_nobody_is_held_to_have_left(ground: Ground, name: str) -> None:
    """Those who are signed in are read again all the time: by none of this do they lose a thing."""
    fault = next(one for one in FAULTS if one.name == name)
    entry = ground.connector.find(SIGNED_IN[name])
    assert entry is not None
    subject = take_over(ground.house.idp, ground.department, entry, ground.house.clock())
    hold(ground.house, subject, key := Passkey())
    assert opened(by_passkey(ground.house, RelyingParty(ground.house, "docs").start("openid docs.read"), key))
    with fault.happens(ground):
        with pytest.raises(Unavailable):
            ground.connector.read(entry.stable_id)
        assert Watcher(ground.house.idp).round().away == ("mof",)
        after = ground.house.idp.ports.truth.people.get(subject.id)
        assert after is not None and not after.disabled
        assert ground.house.idp.ports.truth.sessions.of(subject.id, ground.house.clock())
    ground.works_again("he.ping")
    assert Watcher(ground.house.idp).round().absent == 0


def test_a_bind_that_was_sent_is_not_sent_again(ground: Ground) -> None:
    """Asked twice it would be two guesses at the directory's own lock-out."""
    ground.works_again("luo.wen")
    ground.line.binds.clear()
    with on_the_line(Trouble(cut_after=b"uid=luo.wen"))(ground):
        assert ground.sign_in("luo.wen").status == 503
    assert sum(b"uid=luo.wen" in one for one in ground.line.binds) == 1
    ground.works_again("luo.wen")


def test_healthz_and_readyz_say_what_is_true_of_us(ground: Ground) -> None:
    """A department's bad day is no reason to take this node out of the round."""
    with frozen(ground):
        http = ground.house.http()
        for path in ("/healthz", "/readyz"):
            assert http.get(path, base_url="https://id.example").status_code == 200

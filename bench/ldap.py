"""What one directory gives, by each library behind the same connector: ldap3, our own reader of pages, python-ldap.

    python -m bench.ldap [--people 10000] [--seconds 2]

A real slapd on loopback, LDAPS, one thread; directory and client share the machine. Operations per second, and entries
per second where everybody is read.
"""

import argparse
import dataclasses
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from adapters.connectors.department_file import load_department
from adapters.connectors.ldap import LdapConnector
from adapters.connectors.ldap_entry import person_attributes
from adapters.connectors.ldap_search import PAGE_SIZE, search, sweep
from adapters.connectors.ldap_settings import LdapSettings
from idp.model import Entry
from idp.secret import Secret
from tests.support.crowd import ACCOUNT, ACCOUNT_DN, crowd

SELF = Entry("1", ACCOUNT_DN, (), "the account itself", None, None, (), False)


def per_second(ask: Callable[[int], object], seconds: float) -> float:
    """How often it can be asked, one after the other."""
    ask(0)
    began, done = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        done += 1
        ask(done)
    return done / took


def entries_per_second(rows: Iterable[object]) -> float:
    began = time.perf_counter()
    count = sum(1 for _ in rows)
    return count / (time.perf_counter() - began)


def by_ldap3_alone(settings: LdapSettings, connector: LdapConnector) -> Iterator[object]:
    """Pages as ldap3 itself decodes them: what reading everybody was before it had a reader of its own."""
    connection, cookie = connector._channel.open(bind=True), b""
    for number in itertools.count():
        if number and not cookie:
            return
        wanted = person_attributes(settings)
        found = search(
            settings, connection, settings.base_dn, settings.people_filter, wanted, page=PAGE_SIZE, cookie=cookie
        )
        yield from found.entries
        cookie = found.cookie


def measure(settings: LdapSettings, people: int, seconds: float) -> dict[str, float]:
    connector, right = LdapConnector(settings), Secret(ACCOUNT)

    def fresh(_: int) -> None:
        another = LdapConnector(settings)
        another.verify_password(SELF, right)
        another.close()

    def find(number: int) -> Entry | None:
        return connector.find(f"p{number % people:06}")

    def sign_in(number: int) -> None:
        find(number)
        connector.verify_password(SELF, right)

    rows = {
        "new connection, TLS, bind": per_second(fresh, seconds),
        "bind on a kept connection": per_second(lambda _: connector.verify_password(SELF, right), seconds),
        "find a person and their groups": per_second(find, seconds),
        "find and bind: a sign-in": per_second(sign_in, seconds),
    }
    wanted = person_attributes(settings)
    held = connector._channel.open(bind=True)
    rows["everybody, as attributes, entries/s"] = entries_per_second(
        sweep(settings, held, settings.base_dn, settings.people_filter, wanted)
    )
    rows["everybody, with groups, entries/s"] = entries_per_second(connector.entries())
    connector.close()
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--seconds", type=float, default=2.0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as kept, crowd(Path(kept), given.people) as it:
        usual = load_department(it.file).ldap
        if usual is None:
            raise SystemExit("the crowd has no directory")
        found = {
            name: measure(dataclasses.replace(usual, library=name), given.people, given.seconds)
            for name in ("ldap3", "python-ldap")
        }
        alone = entries_per_second(by_ldap3_alone(usual, LdapConnector(usual)))
    print(f"{'':<38}{'ldap3':>12}{'python-ldap':>14}")
    for row, one in found["ldap3"].items():
        print(f"{row:<38}{one:>12,.0f}{found['python-ldap'][row]:>14,.0f}")
    print(f"{'everybody, by ldap3 alone, entries/s':<38}{alone:>12,.0f}")


if __name__ == "__main__":
    main()

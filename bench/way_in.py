"""What a person waits for on the way in: pages, actions, and the time of server and page, on a phone-sized screen.

    python -m bench.way_in [--rounds 5] [--person zhang.qiang]

The demonstration runs as `make run` has it, Chromium with a virtual authenticator that answers at once: what is left is
ours. Each round tells when Payroll was asked for, when each answer of the identity provider was there, and when Payroll
was drawn. Measured twice over: by a passkey alone, and by a password and a code.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Response

from tests.browser.person import PATIENCE_MS, Person, meet
from tests.support.chromium import authenticator, chromium
from tests.support.demonstration import Demonstration, demonstration

NO_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""A simulated presence answers autofill before anybody could press anything; the button is the longer way."""
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass
class Trace:
    """One way in: each document and when it was there, in milliseconds since the first action."""

    began: float = field(default_factory=time.perf_counter)
    documents: list[tuple[float, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    done: float = 0.0
    waited: float = 0.0
    """For the person: reading a code, typing."""

    @property
    def milliseconds(self) -> float:
        return (self.done - self.began - self.waited) * 1000

    def heard(self, response: Response) -> None:
        if response.request.resource_type == "document":
            address = response.url.split("?")[0].split("//")[1]
            at = (time.perf_counter() - self.began) * 1000
            self.documents.append(
                (at, f"{response.status} {address.split('/', 1)[-1] or '/'} ({address.split('/')[0]})")
            )

    def act(self, what: str, doing: Callable[[], object]) -> None:
        self.actions.append(what)
        doing()

    def pages(self) -> int:
        """Documents of the identity provider that a person saw."""
        return sum(what.startswith("200 sign-in") for _, what in self.documents)


def by_passkey(person: Person) -> Trace:
    """Open Payroll, press *Sign in with a passkey*."""
    trace = _listening(person.page)
    trace.act("open Payroll", person.open_payroll)
    button = person.page.locator("form[data-passkey=get] button[data-start]").first
    trace.act("press the passkey button", button.click)
    return _arrived(person, trace)


def by_password_and_code(person: Person) -> Trace:
    trace = _listening(person.page)
    trace.act("open Payroll", person.open_payroll)
    trace.act("give the name", person.type_name)
    trace.act("give the password", person.type_password)
    person.page.locator("input.otp").wait_for()
    before = time.perf_counter()
    code = person.app.code()
    trace.waited += time.perf_counter() - before
    trace.act("give the code", lambda: person.type_code(code))
    return _arrived(person, trace)


def _listening(page: Page) -> Trace:
    trace = Trace()
    page.on("response", trace.heard)
    return trace


def _arrived(person: Person, trace: Trace) -> Trace:
    person.page.wait_for_url(f"{person.there.doors.payroll_url}/**", timeout=PATIENCE_MS, wait_until="load")
    person.page.locator("#name").wait_for()
    trace.done = time.perf_counter()
    person.page.remove_listener("response", trace.heard)
    return trace


def _leave(person: Person) -> None:
    person.page.click("#sign-out")
    person.page.locator("h1").wait_for()


def _told(name: str, traces: list[Trace]) -> None:
    times = sorted(one.milliseconds for one in traces)
    last = traces[-1]
    print(f"\n{name}: {len(last.actions)} actions ({', '.join(last.actions)}), {last.pages()} pages of ours")
    print(f"  server and page together: median {statistics.median(times):.0f} ms, longest {times[-1]:.0f} ms")
    for at, what in last.documents:
        print(f"  {at:7.0f} ms  {what}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.way_in", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--person", default="zhang.qiang")
    asked = parser.parse_args()
    with chromium() as browser, demonstration() as there:
        _measure(there, meet(there, browser, asked.person, **PHONE), asked.rounds)


def _measure(there: Demonstration, person: Person, rounds: int) -> None:
    session, key = authenticator(person.context, person.page)
    person.context.add_init_script(NO_AUTOFILL)
    person.open_payroll()
    person.sign_in_first_time()
    person.arrive(there.doors.payroll_url)
    _leave(person)
    _told("By a password and a code", [by_password_and_code(person)])
    person.open("/me/methods")
    person.page.click("#add-passkey")
    person.page.get_by_role("button", name="Make a passkey").click()
    person.page.wait_for_url("**/me/methods?notice=added")
    person.open_payroll()
    person.arrive(there.doors.payroll_url)
    _leave(person)
    traces = []
    for _ in range(rounds):
        traces.append(by_passkey(person))
        _leave(person)
    _told("By a passkey", traces)
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


if __name__ == "__main__":
    main()

"""The README's pictures, taken of the running demonstration: docs/pictures/sign-in.png and why.png.

Run: python -m tools.pictures   (about half a minute; it starts a demonstration of its own and ends it again)
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.person import Person, meet
from tests.support.chromium import chromium
from tests.support.demonstration import Demonstration, demonstration

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
LARGEST = 150_000  # octets: a README is read on slow lines as well


def main() -> None:
    """Take the pictures. Exits with a sentence when one is too large."""
    with demonstration() as there, chromium() as browser:
        sign_in(there, browser)
        why(there, browser)


def sign_in(there: Demonstration, browser: Browser) -> None:
    """The way in to Payroll: English, light, on a desk."""
    person = meet(there, browser, "alice", viewport={"width": 960, "height": 640})
    person.open_payroll()
    person.page.wait_for_load_state("networkidle")
    take(person, "sign-in")


def why(there: Demonstration, browser: Browser) -> None:
    """Why Docs is closed from Singapore."""
    person = meet(there, browser, "alice", viewport={"width": 960, "height": 860})
    person.open_payroll()
    person.sign_in_first_time()
    person.arrive(there.doors.payroll_url)
    there.travel(person.actor, "SG")
    person.open_docs()
    person.page.click("a[href^='/why/']")
    person.page.locator(".trace").wait_for()
    take(person, "why")


def take(person: Person, name: str) -> None:
    """One picture of what the person sees."""
    target = FOLDER / f"{name}.png"
    person.page.screenshot(path=target)
    size = target.stat().st_size
    if size > LARGEST:
        sys.exit(f"{target} has {size} octets, more than {LARGEST}")
    print(f"{target.relative_to(FOLDER.parent.parent)}: {size} octets")


if __name__ == "__main__":
    main()

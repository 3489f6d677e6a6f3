"""`make demo-attack`: five attacks on the running demonstration. Each is stopped, and each leaves its mark.

What is tried is really sent, over HTTP or into a copy of the database; what stops it is looked at from outside and in
the log. Exit status 0 only if all were stopped. If nothing runs, a demonstration is started for it.
"""

from collections.abc import Callable
from pathlib import Path

from demo import attack_doors, attack_log, attack_tokens
from demo.story import RUNS_INTO, running
from demo.story_begin import LOOPBACK, forget_networks, set_back
from demo.story_house import House
from demo.story_people import Someone
from demo.story_told import Told

VICTIM = "zhou.ting"
CAST: dict[str, tuple[str, ...]] = {"mof": (VICTIM,), "moe": ()}


def main(state_dir: Path) -> int:
    """Attack. Returns the exit status."""
    told = Told()
    with running(state_dir, told):
        house = House.at(state_dir, told)
        try:
            return attack(house)
        finally:
            house.close()


def attack(house: House) -> int:
    """One attack after the other; the victim is set back before and after."""
    told = house.told
    with told.chapter("0", "Zhou Ting, an auditor in Finance, begins as if new; she is the victim", *RUNS_INTO):
        set_back(house, CAST)
    victim = Someone.of(house, "mof", VICTIM)
    attacks: tuple[tuple[str, str, Callable[[], None]], ...] = (
        ("1", "One password for many names, from one network", lambda: attack_doors.spray(house)),
        ("2", "A stolen session cookie, on another device", lambda: attack_tokens.stolen_cookie(victim)),
        ("3", "An authorization code, redeemed twice", lambda: attack_tokens.code_replay(victim)),
        ("4", "Headers that say where a request comes from", lambda: attack_doors.forged_headers(victim)),
        ("5", "A row of the audit log, edited in the database", lambda: attack_log.edited_row(house)),
    )
    for number, title, act in attacks:
        with told.chapter(number, title, *RUNS_INTO):
            act()
    with told.chapter("·", "The victim is left as if new", *RUNS_INTO):
        set_back(house, CAST)
        forget_networks(house, LOOPBACK)
    return told.end("The attacks")

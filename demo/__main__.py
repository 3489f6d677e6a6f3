"""`python -m demo [--state DIR] WORD …`: the verbs of the demonstration. The Makefile names them all.

A state directory of one's own is a demonstration of one's own: its doors are chosen among the free ones.
"""

import importlib
import sys
from pathlib import Path

from demo import control, otp

STATE = Path(__file__).resolve().parent.parent / "var"
USAGE = (
    "usage: python -m demo [--state DIR] run | reset | story | attack"
    " | otp PERSON | enrol-code PERSON | travel PERSON COUNTRY"
    " | stop DEPARTMENT | start DEPARTMENT | populate [PEOPLE [DEPARTMENTS]]"
)


def main(words: list[str]) -> int:
    """Do one verb. Returns the exit status."""
    match words:
        case ["--state", where, *rest] if where:
            return verb(Path(where).resolve(), rest)
        case _:
            return verb(STATE, words)


def verb(state_dir: Path, words: list[str]) -> int:
    """Do one verb to the demonstration of this state directory."""
    try:
        match words:
            case ["run" | "story" | "attack" as name]:  # imported when asked for: they know the whole product
                return int(importlib.import_module(f"demo.{name}").main(state_dir))
            case ["reset"]:
                control.forget(state_dir)
                print("All data of the demonstration is forgotten.")
            case ["otp", person] if person:
                otp.show(state_dir, person)
            case ["enrol-code", person] if person:
                return otp.new_enrolment_code(state_dir, person)
            case ["travel", person, country] if person and country:
                print(importlib.import_module("demo.journey").go(state_dir, person, country))
            case ["populate", *sizes] if len(sizes) <= 2 and all(size.isdecimal() for size in sizes):
                return int(importlib.import_module("demo.populate").main(state_dir, *map(int, sizes)))
            case ["stop", part]:
                control.stop_part(state_dir, part)
            case ["start", part]:
                control.start_missing(state_dir, part)
            case [("otp" | "enrol-code") as name, *_]:
                print(f"Whose? make {name} PERSON=alice")
                return 2
            case ["travel", *_]:
                print("Who, and where to? make travel PERSON=alice COUNTRY=SG   (COUNTRY=home: back)")
                return 2
            case _:
                print(USAGE)
                return 2
    except (otp.NoSeed, control.NotRunning, LookupError) as refused:
        print(refused)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

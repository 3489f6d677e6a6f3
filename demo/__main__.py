"""`python -m demo WORD …`: the verbs of the demonstration. The Makefile names them all."""

import importlib
import sys
from pathlib import Path

from demo import control, otp

STATE = Path(__file__).resolve().parent.parent / "var"
USAGE = "usage: python -m demo run | reset | story | attack | otp PERSON | enrol-code PERSON | travel PERSON COUNTRY"


def main(words: list[str]) -> int:
    """Do one verb. Returns the exit status."""
    try:
        match words:
            case ["run" | "story" | "attack" as verb]:  # imported when asked for: they know the whole product
                return int(importlib.import_module(f"demo.{verb}").main(STATE))
            case ["reset"]:
                control.forget(STATE)
                print("All data of the demonstration is forgotten.")
            case ["otp", person] if person:
                otp.show(STATE, person)
            case ["enrol-code", person] if person:
                return otp.new_enrolment_code(STATE, person)
            case ["travel", person, country] if person and country:
                print(importlib.import_module("demo.journey").go(STATE, person, country))
            case ["stop", part]:
                control.stop_part(STATE, part)
            case ["start", part]:
                control.start_missing(STATE, part)
            case [("otp" | "enrol-code") as verb, *_]:
                print(f"Whose? make {verb} PERSON=alice")
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

"""How a story is told: numbered chapters, plain sentences, facts with ✓ or ✗. Text only; knows nothing of Gerege."""

import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 110
BEAT = 0.25  # seconds between two looks at something that is to come true


class Told:
    """One telling. `failed` holds the facts that did not hold."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._began = time.monotonic()
        self.failed: list[str] = []
        self.held = 0

    @contextmanager
    def chapter(self, number: str, title: str, *expected: type[Exception]) -> Iterator[None]:
        """One chapter; an exception of a kind that stories run into fails it, and the next one goes on."""
        self._print(f"\n{number}  {title}")
        kinds: tuple[type[Exception], ...] = (OSError, LookupError, *expected)
        try:
            yield
        except kinds as error:
            self._failed(f"{title}: the story could not go on", f"{type(error).__name__}: {error}")

    def says(self, text: str) -> None:
        """What happens now, or why."""
        self._wrapped(text, "   ", "   ")

    def holds(self, fact: str, held: bool, seen: object = "") -> bool:
        """A fact of the story. `seen`: what is there instead when it does not hold."""
        if not held:
            self._failed(fact, str(seen))
            return False
        self.held += 1
        self._wrapped(fact, "   ✓ ", "     ")
        return True

    def soon(self, fact: str, look: Callable[[], bool], within: float, seen: Callable[[], object] = str) -> bool:
        """A fact that comes true within so many seconds; tells after how many it did."""
        began = time.monotonic()
        while not look():
            if time.monotonic() - began > within:
                return self.holds(f"{fact}, within {within:g} s", False, seen())
            time.sleep(BEAT)
        return self.holds(f"{fact} (after {time.monotonic() - began:.0f} s)", True)

    def end(self, what: str) -> int:
        """The last line. Returns the exit status."""
        seconds = time.monotonic() - self._began
        if not self.failed:
            self._print(f"\n{what}: all {self.held} facts held, in {seconds:.0f} s.")
            return 0
        self._print(f"\n{what}: {len(self.failed)} of {self.held + len(self.failed)} facts did not hold:")
        for fact in self.failed:
            self._wrapped(fact, "   ✗ ", "     ")
        return 1

    def _failed(self, fact: str, seen: str) -> None:
        self.failed.append(fact)
        self._wrapped(fact, "   ✗ ", "     ")
        if seen:
            self._wrapped(f"instead: {seen}"[:600], "     ", "     ")

    def _wrapped(self, text: str, first: str, others: str) -> None:
        self._print(textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False))

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)

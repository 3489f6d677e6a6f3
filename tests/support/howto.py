"""The blocks of a how-to, which its test runs: what stands in `docs/howto` cannot go stale.

A how-to speaks of `https://id.example` and of one application's address; `at` puts a test's own places into both.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "howto"
_FENCE = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class HowTo:
    """One page, with the places that stand in it replaced by those of the test."""

    text: str

    @classmethod
    def read(cls, name: str) -> "HowTo":
        return cls((FOLDER / f"{name}.md").read_text(encoding="utf-8"))

    def at(self, places: Mapping[str, str]) -> "HowTo":
        """The same with each place replaced. A place that the page does not name is a mistake of the test."""
        text = self.text
        for named, real in places.items():
            assert named in text, f"the how-to does not name {named}"
            text = text.replace(named, real)
        return HowTo(text)

    def blocks(self, kind: str) -> list[str]:
        """The fenced blocks of a language, in order."""
        found = [match["body"] for match in _FENCE.finditer(self.text) if match["kind"] == kind]
        assert found, f"the how-to has no block of {kind}"
        return found

    def gerege(self) -> list[list[str]]:
        """Its lines of `bin/gerege`, as words, without that first one."""
        lines = (line.strip() for body in self.blocks("") for line in body.replace("\\\n", " ").splitlines())
        return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("bin/gerege ")]

"""Brings the catalogues in line with the sentences that the pages use. Run: python tools/messages.py

New sentences are added (English is its own translation), unused ones removed; what is left to translate is listed.
"""

import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
NOISE = ("-Date", "Report-Msgid", "Translator", "Language-Team", "Project-Id", "Generated-By")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "sentence": None}


def used() -> Catalog:
    """Every sentence that templates and pages use."""
    catalogue = Catalog(charset="utf-8", project="Gerege")
    found = extract_from_dir(str(ROOT / "idp" / "web"), METHODS, OPTIONS, keywords=KEYWORDS)
    for _, _, message, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
        if message and all(message):
            catalogue.add(message)
    return catalogue


def path(language: str) -> Path:
    return ROOT / "idp" / "translations" / language / "LC_MESSAGES" / "gerege.po"


def update(language: str) -> list[str]:
    """Rewrites one catalogue; returns what has no translation."""
    target, now = path(language), used()
    old = read_po(target.open("rb"), locale=language) if target.exists() else Catalog(locale=language)
    new = Catalog(locale=language, charset="utf-8", project="Gerege", fuzzy=False)
    for message in now:
        if message.id:
            known = old.get(message.id if isinstance(message.id, str) else message.id[0])
            new.add(message.id, message.id if language == "en" else known.string if known else None)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_po(file, new, width=120, omit_header=False, include_previous=False)
    lines = target.read_text("utf-8").splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith('msgid ""'))
    kept = (line for line in lines[start:] if not any(noise in line for noise in NOISE))
    target.write_text(
        "# Sentences of the pages. `python tools/messages.py` keeps them in line with the templates.\n" + "".join(kept),
        "utf-8",
    )
    return [
        str(message.id)
        for message in new
        if message.id and not (message.string if isinstance(message.string, str) else all(message.string or [""]))
    ]


if __name__ == "__main__":
    missing = {language: update(language) for language in ("en", "zh_CN")}
    for language, sentences in missing.items():
        for sentence in sentences:
            print(f"{language}: {sentence}")
    sys.exit(any(missing.values()))

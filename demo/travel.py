"""Travel: which browser belongs to which person, and from where its requests are to come.

`make travel PERSON=alice COUNTRY=SG` writes `travel.json`; the demonstration's proxy reads it. A browser is known by
the product's cookies: whoever typed the name at /sign-in owns the cookies of that exchange, and each cookie that is set
in answer to them. Only hashes of cookies are kept. The last to sign in from a browser owns it.

Exists in the demonstration only; the product knows no header that names a country.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 8 * 1024
KNOWN_LIMIT = 2_000
HOME = "home"
OURS = ("binding", "session", "device")  # the product's cookies that are one browser's alone, from `idp/web/front.py`


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person's requests seem to come from."""

    country: str
    address: str


class Itinerary:
    """The file of travellers: person → place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] = (0, 0)
        self._places: dict[str, Place] = {}

    def place(self, person: str) -> Place | None:
        """Where this person is, or None at home. `person` is a sign-in name; the file may hold its short form."""
        self._refresh()
        return next((self._places[name] for name in names_of(person) if name in self._places), None)

    def go(self, person: str, place: Place | None) -> None:
        """Send a person to a place; None brings them home."""
        self._refresh()
        places = {name: held for name, held in self._places.items() if name != person.casefold()}
        if place:
            places[person.casefold()] = place
        rows = {name: {"country": held.country, "address": held.address} for name, held in sorted(places.items())}
        _write(self._path, rows)

    def _refresh(self) -> None:
        """Read the file again when it changed. What cannot be read means that nobody travels."""
        try:
            state = self._path.stat()
            if (state.st_mtime_ns, state.st_ino) == self._read_at:
                return
            rows = json.loads(self._path.read_text())
            self._places = {name: Place(row["country"], row["address"]) for name, row in rows.items()}
            self._read_at = (state.st_mtime_ns, state.st_ino)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._places, self._read_at = {}, (0, 0)


class Browsers:
    """Whose browser is it? Learned from sign-ins, kept over restarts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._owners: dict[str, tuple[float, str]] = {
                k: (at, who) for k, (at, who) in json.loads(path.read_text()).items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            self._owners = {}

    def owner(self, cookie_headers: Iterable[str]) -> str | None:
        """The person whose browser sent these `Cookie` headers, the latest where there are several."""
        known = [self._owners[print_] for print_ in _fingerprints(cookie_headers) if print_ in self._owners]
        return max(known)[1] if known else None

    def learn(self, person: str, headers: Iterable[str]) -> None:
        """The product's cookies in these `Cookie` or `Set-Cookie` headers are this person's."""
        new = [print_ for print_ in _fingerprints(headers) if self._owners.get(print_, (0.0, ""))[1] != person]
        if new:
            now = time.time()
            self._owners |= dict.fromkeys(new, (now, person))
            self._owners = dict(sorted(self._owners.items(), key=lambda row: row[1])[-KNOWN_LIMIT:])
            _write(self._path, self._owners)


def names_of(person: str) -> tuple[str, ...]:
    """The forms in which a sign-in name may stand in the file: `MOF\\alice`, `alice@mof.example` → `alice`."""
    whole = person.strip().casefold()
    short = whole.rpartition("\\")[2].partition("@")[0]
    return (whole, short)


def typed_name(content_type: str, body: bytes) -> str | None:
    """The name typed into the sign-in form, if this is that form."""
    if content_type.partition(";")[0].strip().lower() != FORM or len(body) > FORM_LIMIT:
        return None
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=50)
    return next((name.strip() for name in fields.get("username", []) if name.strip()), None)


def _fingerprints(headers: Iterable[str]) -> list[str]:
    """Hashes of the product's cookies, by name and value. Emptied cookies (sign-out) are nobody's."""
    found = []
    for header in headers:
        try:
            jar = SimpleCookie(header)
        except CookieError:
            continue
        found += [f"{name}={held.value}" for name, held in jar.items() if held.value and _ours(name)]
    return [hashlib.sha256(each.encode()).hexdigest() for each in found]


def _ours(name: str) -> bool:
    return name.removeprefix("__Host-") in OURS


def _write(path: Path, rows: object) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(rows, indent=1))
    partial.chmod(0o600)
    partial.replace(path)

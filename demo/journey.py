"""`make travel PERSON=alice COUNTRY=SG`: from now on her browser's requests come from an address of that country."""

from functools import lru_cache
from pathlib import Path

from adapters.geoip import address_of, bundled
from demo.travel import HOME, Itinerary, Place, names_of


def go(state_dir: Path, person: str, country: str) -> str:
    """Send a person to a country, or `home`. Returns the sentence to print.

    Raises:
        LookupError: no address of that country is known.
    """
    itinerary = Itinerary(state_dir / "travel.json")
    name = names_of(person)[1]
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if country.casefold() == HOME:
        itinerary.go(name, None)
        return f"{name} is home again: requests come from this machine's own address."
    code, cache = country.upper(), state_dir / "cache"
    cache.mkdir(exist_ok=True)
    try:
        place = Place(code, _address(code, bundled(cache)))
    except LookupError:
        raise LookupError(
            f"No address in {country!r} is known. Say a country by its two letters, as COUNTRY=SG."
        ) from None
    itinerary.go(name, place)
    return f"{name} is in {code}: requests of the browser where {name} signed in come from {place.address}."


@lru_cache(maxsize=64)
def _address(code: str, database: Path) -> str:
    """To look for one means to read much of the file; it is the same one each time."""
    return address_of(code, database)

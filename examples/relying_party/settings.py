"""Settings from the environment; every problem is told at once, with its name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Settings:
    """
    ISSUER           the identity provider, exactly as it writes itself
    CLIENT_ID        our registration there; CLIENT_SECRET or CLIENT_SECRET_FILE its secret
    BASE_URL         where browsers find us; BASE_URL/callback is our registered redirect URI
    AUDIENCE         the name of our API, asked for as `resource`
    SECRET_KEY_FILE  at least 32 octets that sign the short-lived cookie of a sign-in under way
    PORT             where we listen on loopback
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    base_url: str
    audience: str
    secret_key: bytes = field(repr=False)
    port: int

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def issuer_origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def read_settings(environment: Mapping[str, str] = os.environ, *, port: int, audience: str) -> Settings:
    """Read them; `port` and `audience` are this application's defaults. Raises SystemExit naming all that is wrong."""
    problems: list[str] = []

    def text(name: str, otherwise: str | None = None) -> str:
        value = environment.get(name, otherwise)
        if not value:
            problems.append(f"{name} is not set")
        return value or ""

    def octets(name: str) -> bytes:
        try:
            return Path(text(name)).read_bytes().strip()
        except OSError as error:
            problems.append(f"{name}: {error}")
            return b""

    secret = environment.get("CLIENT_SECRET") or octets("CLIENT_SECRET_FILE").decode("ascii", "replace")
    number = text("PORT", str(port))
    settings = Settings(
        issuer=text("ISSUER"),
        client_id=text("CLIENT_ID"),
        client_secret=secret,
        base_url=text("BASE_URL").rstrip("/"),
        audience=text("AUDIENCE", audience),
        secret_key=octets("SECRET_KEY_FILE"),
        port=int(number) if number.isdecimal() else 0,
    )
    if not 0 < settings.port < 65536:
        problems.append(f"PORT: {number!r} is not a port")
    if settings.secret_key and len(settings.secret_key) < 32:
        problems.append("SECRET_KEY_FILE: fewer than 32 octets")
    if problems:
        raise SystemExit("\n".join(problems))
    return settings

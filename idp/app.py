"""The table of contents: wires everything, decides nothing."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from adapters import connect
from config.load import load
from config.settings import Settings
from idp.authn.factors.passkey import RelyingParty
from idp.background import Background
from idp.flows.context import Idp
from idp.messages import Messages
from idp.ports import Ports
from idp.web import (
    admin,
    approve,
    card,
    delegations,
    device,
    devices,
    failures,
    leaving,
    me,
    not_me,
    own_language,
    password_pages,
    posts,
    recovery_codes,
    session_ending,
    sign_in,
    styleguide,
    why,
)
from idp.web.bodies import LONGEST, Bodies
from idp.web.door import Door
from idp.web.front import Front
from idp.web.machine import machine
from idp.web.moved_paths import moved_paths
from idp.web.render import Renderer
from idp.web.silence import cut
from idp.web.static_files import own
from policies.engine import Engine
from risk.zones import Zones

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

RULES = Path(__file__).parent.parent / "policies" / "rules"
SPARE_THREADS = 16
"""For answers that need no place: health, static files, and the word that there is none."""


def build(settings: Settings, ports: Ports | None = None) -> Idp:
    """The identity provider without its web: what the command line needs.

    Raises: PolicyError, BadZones, SettingsError, SealingError: each says what is wrong, where, and how to mend it.
    """
    rules = settings.policies_dir or RULES
    policies = Engine.load(rules, messages=frozenset(messages_of(settings).catalogues["en"]))
    issuer = urlsplit(settings.server.issuer)
    party = RelyingParty(
        id=settings.passkeys.rp_id or issuer.hostname or "",
        name=settings.server.service_name_en,
        origin=f"{issuer.scheme}://{issuer.netloc}",
        related=settings.passkeys.related_origins,
    )
    return Idp(settings, ports or connect(settings), policies, Zones(settings.risk.zones), party)


def create_app(idp: Idp) -> "WSGIApplication":
    """The whole server as one WSGI callable."""
    static = own()
    messages = messages_of(idp.settings)
    front = Front(idp, messages, Renderer(messages, static), build_id())
    pages = Flask("idp.web", static_folder=None)
    pages.config["MAX_CONTENT_LENGTH"] = LONGEST
    for room in (
        sign_in,
        card,
        me,
        devices,
        recovery_codes,
        delegations,
        posts,
        device,
        approve,
        leaving,
        session_ending,
        why,
        not_me,
        own_language,
        password_pages,
    ):
        pages.register_blueprint(room.blueprint(front))
    pages.register_blueprint(admin.blueprint(front), url_prefix="/admin")
    if idp.settings.mode == "demonstration":
        pages.register_blueprint(styleguide.blueprint(front))
    pages.after_request(front.dress)
    failures.register(pages, front)
    server = idp.settings.server
    addresses = (server.issuer, server.mtls_endpoint, idp.settings.certificates.mtls_url)
    own_hosts = (urlsplit(url).netloc for url in addresses if url)
    hosts = frozenset(host.lower() for host in (*own_hosts, *server.extra_hosts))
    moved = moved_paths(idp.settings.moved.keycloak_realm)
    return Door(pages, machine(idp), static, hosts, server.admission, _bodies(idp.settings), _ready(idp), moved)


def _bodies(settings: Settings) -> Bodies:
    """As many places as threads are left by those who may be let in, and a few for what needs no place."""
    server = settings.server
    places = max(SPARE_THREADS, server.threads - 2 * server.admission - SPARE_THREADS)
    _, _, port = server.listen.rpartition(":")
    return Bodies(places, partial(cut, int(port)) if port.isdigit() else lambda _: 0)


def application() -> "WSGIApplication":
    """What each worker process runs: settings from GEREGE_CONFIG, background work begun after the fork."""
    path = os.environ.get("GEREGE_CONFIG")
    idp = build(load(Path(path) if path else None))
    Background(idp).start()
    return create_app(idp)


def messages_of(settings: Settings) -> Messages:
    """The catalogues, and the words that an operator's own rules come with."""
    return Messages.load(own=settings.policies_dir / "messages.toml" if settings.policies_dir else None)


def build_id() -> str:
    """The version of the code that runs, as the pages' foot shows it."""
    return "0.1"


def _ready(idp: Idp) -> Callable[[], None]:
    def check() -> None:
        idp.ports.truth.ping()
        idp.ports.brief.ping()

    return check

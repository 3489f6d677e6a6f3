"""One application as the console shows it: facts, what is worth a look, code; each button only where it works."""

from dataclasses import dataclass, field

from idp.flows.admin import client_secrets
from idp.flows.admin.app_draft import MALFORMED, kind_of
from idp.flows.admin.app_test import can_be_tested
from idp.flows.admin.scope import Admin
from idp.flows.built_in import CONSOLE_ID
from idp.model import Client
from idp.oidc.profiles import needs_pkce
from idp.oidc.redirect_difference import explain
from idp.web.admin import snippets
from idp.web.admin.apps import address_of, department_of, last, said
from idp.web.admin.console import Console
from idp.web.pages import AdminApp, Notice, Reason, Tried


@dataclass(frozen=True, slots=True)
class Shown:
    """What this answer shows besides the application: what just happened, a secret, an address to try."""

    notice: Notice | None = None
    secret: str | None = None
    registered: bool = False
    uri: str = ""
    typed: dict[str, str] = field(default_factory=dict)


def page_of(console: Console, admin: Admin, one: Client, shown: Shown) -> AdminApp:
    """The page."""
    used, failed = last(console, admin, one, "token.issued"), last(console, admin, one, "token.refused")
    idp = console.idp
    return AdminApp(
        action=address_of(one.id),
        name=one.name,
        client_id=one.id,
        department=department_of(console, one),
        kind=kind_of(one),
        grade=one.grade,
        profile=one.profile,
        proves=one.auth_method,
        issuer=idp.issuer,
        redirect_uris=one.redirect_uris,
        scopes=one.scopes,
        audiences=one.audiences,
        passkeys=None if kind_of(one) == "machine" else Reason(f"app.authenticators.{one.authenticators}"),
        first_party=one.first_party,
        disabled=one.disabled,
        secrets=client_secrets.held(one) if client_secrets.has_one(one) else None,
        used=used.at if used else None,
        error=said(failed) if failed else None,
        error_at=failed.at if failed else None,
        findings=tuple(Reason(name) for name in findings(one)),
        snippets=snippets.of(one, idp.ports.truth.configuration(), idp.issuer),
        tried=_tried(one, shown.uri) if shown.uri else None,
        may=_may(admin, one),
        notice=shown.notice,
        secret=shown.secret,
        registered=shown.registered,
        typed=shown.typed,
    )


def findings(one: Client) -> tuple[str, ...]:
    """Message ids of what is weaker than it need be, worst first."""
    plain = any(uri.startswith("http:") for uri in one.redirect_uris)
    found = {
        "app.finding.no-pkce": bool(one.redirect_uris) and not needs_pkce(one),
        "app.finding.compat": one.profile == "compat",
        "app.finding.lenient": one.lenient_assertion_audience,
        "app.finding.secret-in-body": one.auth_method == "client_secret_post",
        "app.finding.secret-as-key": one.auth_method == client_secrets.KEY_METHOD,
        "app.finding.http": plain and kind_of(one) == "web" and one.id != CONSOLE_ID,
        "app.finding.two-secrets": client_secrets.has_one(one) and client_secrets.held(one) > 1,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _may(admin: Admin, one: Client) -> frozenset[str]:
    if one.disabled or one.id == CONSOLE_ID or not admin.may("admin.apps.write"):
        return frozenset()
    found = {
        "test": can_be_tested(one),
        "new-secret": client_secrets.has_one(one),
        "drop-secret": client_secrets.has_one(one) and client_secrets.held(one) > 1,
        "remove": True,
    }
    return frozenset(name for name, works in found.items() if works)


def _tried(one: Client, uri: str) -> Tried:
    found = explain(uri, one.redirect_uris)
    facts = {}
    if found.why == "malformed":
        facts = {"why": Reason(MALFORMED.get(found.problem or "", "app.uri.too-long"))}
    nearest = None if found.nearest == uri else found.nearest
    return Tried(uri, found.accepted, Reason(f"app.try.{found.why}", facts), nearest)

"""What every view has at hand: who is at the door, pages with their headers, cookies, the proof that a form is ours.

Obeys: RFC 6265bis §4.1.3.2 (`__Host-`), CSP Level 3 with Trusted Types, ASVS 5.0 V3. Does not decide anything.
"""

import hmac
from dataclasses import replace
from datetime import UTC
from urllib.parse import urlsplit

from flask import Request, Response, g, make_response, request

from config.load import proxy_networks
from idp.authn.session import remaining
from idp.errors import Forged, IdpError
from idp.flows import authorize, sessions
from idp.flows.context import Idp, SignedInAs, Visit
from idp.messages import Language, Messages, choose
from idp.model import Department, Interaction, Text
from idp.oidc.redirects import origin_of
from idp.web.arrival import Trust, address_of
from idp.web.crests import crest_of
from idp.web.pages.parts import Chrome, Page
from idp.web.refill import refill
from idp.web.render import Renderer
from risk.agent import families
from risk.zones import network_of

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
YEAR = 365 * 24 * 3600
STAY = "session-ending"
"""The purpose of the form by which somebody stays signed in."""


class Front:
    """The edge between Flask and the flows. One for each process."""

    def __init__(self, idp: Idp, messages: Messages, renderer: Renderer, build: str) -> None:
        self.idp, self.messages, self.renderer, self.build = idp, messages, renderer, build
        on_socket = idp.settings.server.listen.startswith("unix:")
        socket, networks = proxy_networks(idp.settings)
        self.trust = Trust(on_socket and socket, networks)
        self.secure = urlsplit(idp.issuer).scheme == "https"

    # --- the visit ---------------------------------------------------------------------------------------------

    def visit(self) -> Visit:
        """This request, once looked at."""
        if "visit" not in g:
            g.visit = self._look(request)
        found: Visit = g.visit
        return found

    def _look(self, req: Request) -> Visit:
        idp = self.idp
        address = address_of(req.remote_addr or "", req.headers.get("X-Forwarded-For", ""), self.trust)
        binding = self.cookie("binding")
        if not binding:
            binding = idp.token()
            self.set_cookie("binding", binding, YEAR)
        browser, system = families(req.headers.get("User-Agent", ""))
        return Visit(
            now=idp.ports.now().astimezone(UTC),
            address=idp.ports.sealer.digest("address", address),
            network=idp.ports.sealer.digest("network", _network(address)),
            place=idp.ports.places.place(address),
            zones=idp.zones.zones_of(address),
            browser=browser,
            system=system,
            language=self.language(),
            binding=binding,
            session=self.cookie("session"),
            device=self.cookie("device"),
        )

    def signed_in(self) -> SignedInAs | None:
        """Whose live session this browser shows; looked up once a request."""
        if "signed_in" not in g:
            g.signed_in = sessions.current(self.idp, self.visit())
        found: SignedInAs | None = g.signed_in
        return found

    def seen(self, me: SignedInAs) -> None:
        """Somebody works on a page of theirs: the session's idle limit begins anew."""
        g.signed_in = sessions.touch(self.idp, self.visit(), me)

    def forget_session(self) -> None:
        """Nobody is signed in any more, for the rest of this request."""
        g.signed_in = None

    def language(self) -> Language:
        query = request.args.get("lang")
        if query:
            self.set_cookie("lang", query[:10], YEAR)
        return choose(
            query=query,
            cookie=self.cookie("lang"),
            ui_locales=g.get("ui_locales") or request.args.get("ui_locales"),
            person=self._setting(),
            accept_language=request.headers.get("Accept-Language"),
            default=self.idp.settings.server.default_language,
        )

    def _setting(self) -> str | None:
        """What whoever is signed in chose, where this request has looked them up: a task's page looks up nobody."""
        found: SignedInAs | None = g.get("signed_in")
        return found.subject.language if found else None

    def speak_for(self, interaction: Interaction) -> Interaction:
        """In the language that the application asked for, where the person chose none. Spec: OIDC Core §3.1.2.1."""
        g.ui_locales = " ".join(interaction.request.ui_locales)
        return interaction

    # --- cookies -----------------------------------------------------------------------------------------------

    def cookie_name(self, name: str) -> str:
        """`__Host-` wherever a browser accepts it: it needs https (RFC 6265bis §4.1.3.2)."""
        return f"__Host-{name}" if self.secure else name

    def cookie(self, name: str) -> str | None:
        return request.cookies.get(self.cookie_name(name)) or None

    def set_cookie(self, name: str, value: str, seconds: int | None = None) -> None:
        """Set with the answer. No value deletes it. Lax, so that a return from an application carries it."""
        if "cookies" not in g:
            g.cookies = {}
        g.cookies[name] = (value, seconds)

    def keep(self, session: str | None, device: str | None, *, shared: bool = False) -> None:
        """Cookies of a session that began or was raised."""
        if session:
            self.set_cookie("session", session)
        if device:
            self.set_cookie("device", device, None if shared else YEAR)

    def dress(self, response: Response) -> Response:
        """Cookies and headers of every answer of ours."""
        for name, (value, seconds) in g.get("cookies", {}).items():
            response.set_cookie(
                self.cookie_name(name),
                value,
                max_age=seconds if value else 0,
                secure=self.secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CSP.format(form_action="'self'"))
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if self.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        return response

    # --- forms -------------------------------------------------------------------------------------------------

    def csrf(self, purpose: str) -> str:
        """The token of one form: HMAC over this browser's binding and the form's purpose (interaction and step)."""
        return self.idp.ports.sealer.digest("csrf", f"{self.visit().binding}|{purpose}")

    def require_csrf(self, purpose: str) -> None:
        """Raises Forged: another origin, or a form that this browser was not given."""
        origin = request.headers.get("Origin")
        own = {origin_of(self.idp.issuer), f"{request.scheme}://{request.host}"}
        if origin is not None and origin not in own:
            raise Forged(f"origin {origin}")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Forged("sec-fetch-site")
        if not _same(request.form.get("csrf", ""), self.csrf(purpose)):
            raise Forged("csrf token")

    # --- pages -------------------------------------------------------------------------------------------------

    def page(
        self,
        page: Page,
        *,
        purpose: str = "",
        destination: Text | None = None,
        may_return_to: str | None = None,
        chrome: Chrome | None = None,
        status: int | None = None,
        department: Department | None = None,
    ) -> Response:
        """A page in the reader's language.

        Args:
            purpose: of its forms' token.
            destination: the application at the end of the road.
            may_return_to: the validated redirect URI that a form here may lead to; form-action allows its origin.
            chrome: when the caller knows more of it (the console).
            department: of whoever this step asks; its crest stands above the question.
        """
        around = chrome or self.chrome(destination)
        language = self.language()
        around = replace(around, csrf=self.csrf(purpose))
        if crest := crest_of(department):
            around = replace(around, department=department.name if department else None, crest=crest)
        rendered = self.renderer.render(page, language, around)
        draft = g.pop("draft", None)
        response = make_response(refill(rendered, draft) if draft else rendered, status or page.status)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        form_action = "'self'" if may_return_to is None else f"'self' {origin_of(may_return_to)}"
        response.headers["Content-Security-Policy"] = CSP.format(form_action=form_action)
        return response

    def return_address(self, interaction_id: str) -> str | None:
        """The validated redirect URI of an interaction of this browser, if it is still there."""
        try:
            return return_address(authorize.load(self.idp, self.visit(), interaction_id))
        except IdpError:
            return None

    def chrome(self, destination: Text | None = None) -> Chrome:
        """What stands around a page; the name of whoever is signed in when it is their own page."""
        settings = self.idp.settings.server
        signed_in = None if destination is not None else self.signed_in()
        left, fixed = remaining(signed_in.session, self.visit().now) if signed_in else (None, False)
        return Chrome(
            here=request.full_path.rstrip("?"),
            service=Text(settings.service_name_en, settings.service_name_zh),
            build=self.build,
            person=signed_in.subject.display_name if signed_in else None,
            sign_out_csrf=self.csrf("sign-out") if signed_in else "",
            destination=destination,
            zone=settings.time_zone,
            waiting=g.get("waiting", 0),
            refilled="draft" in g,
            session_ends=int(left.total_seconds()) if left is not None else None,
            session_fixed=fixed,
            stay_csrf=self.csrf(STAY) if signed_in else "",
        )


def return_address(interaction: Interaction) -> str | None:
    """Where a form of this interaction may lead at the end; None within our own pages."""
    uri = interaction.request.redirect_uri
    return None if uri.startswith("/") else uri


def _network(address: str) -> str:
    try:
        return str(network_of(address))
    except ValueError:
        return "unknown"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

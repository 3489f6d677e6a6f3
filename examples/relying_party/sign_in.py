"""Sign in, come back, refresh, step up, sign out: one application's whole conversation with the identity provider.

Authlib does the code flow (PKCE S256, state, nonce, ID token); we add what it leaves open: discovery must name our
issuer, every answer must carry `iss` (RFC 9207), a new session id at each sign-in, and back-channel logout.
Spec: OpenID Connect Core 1.0 §3.1, RP-Initiated Logout 1.0, Back-Channel Logout 1.0; RFC 7636, RFC 8707, RFC 9207.
"""

import hmac
import logging
import time
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, abort, make_response, redirect, request
from flask import session as flow_cookie
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from werkzeug.test import TestResponse

from gerege_verify import IssuerUnavailable, Verifier, VerifyError, verify_logout

from .own_api import call, challenge
from .pages import language, message, say
from .refusals import away, not_signed_in
from .sessions import Flows, Session, Sessions, Spent
from .settings import Settings

REFRESH_BEFORE_SECONDS = 30
TIMEOUT_SECONDS = 5
LOOP_SECONDS = 5
_log = logging.getLogger(__name__)

Refused = (AuthlibBaseError, JoseError)
Away = (requests.RequestException, IssuerUnavailable)


class SignIn:
    """The relying party inside one Flask application: `name` for its cookies, `scope` for the first sign-in."""

    def __init__(self, app: Flask, settings: Settings, verifier: Verifier, *, name: str, scope: str) -> None:
        prefix = "__Host-" if settings.https else ""
        self.settings = settings
        self.verifier = verifier
        self.sessions = Sessions()
        self._scope = scope
        self._spent = Spent()
        self._cookie = f"{prefix}{name}_session"
        app.secret_key = settings.secret_key
        app.config.update(
            SESSION_COOKIE_NAME=f"{prefix}{name}_flow",
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=settings.https,
            MAX_CONTENT_LENGTH=65_536,
        )
        self._client = OAuth(app, cache=Flows()).register(
            "op",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=settings.issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic",
                "default_timeout": TIMEOUT_SECONDS,
            },
        )
        app.register_blueprint(self._blueprint())

    def _blueprint(self) -> Blueprint:
        pages = Blueprint(
            "relying_party",
            __name__,
            template_folder="templates",
            static_folder="static",
            static_url_path="/relying_party",
        )
        pages.add_url_rule("/callback", view_func=self.callback)
        pages.add_url_rule("/sign-out", view_func=self.sign_out, methods=["POST"])
        pages.add_url_rule("/signed-out", view_func=self.signed_out)
        pages.add_url_rule("/backchannel-logout", view_func=self.backchannel_logout, methods=["POST"])
        return pages

    # --- the way in ---------------------------------------------------------------------------------------------------

    def current(self) -> Session | None:
        """The session of this browser, or None."""
        return self.sessions.find(request.cookies.get(self._cookie))

    def begin(self, *, scope: str = "", **more: str) -> ResponseReturnValue:
        """Send the browser to the identity provider; `more` may hold acr_values and max_age. Spec: RFC 9470 §4."""
        asked = " ".join(dict.fromkeys((self._scope + " " + scope).split()))
        try:
            self._require_issuer()
            answer: Response = self._client.authorize_redirect(
                self.settings.base_url + "/callback",
                scope=asked,
                resource=self.settings.audience,
                ui_locales=language(),
                **more,
            )
        except Away as error:
            return away(error)
        answer.status_code = 303
        return answer

    def callback(self) -> ResponseReturnValue:
        """The browser comes back. Spec: OpenID Connect Core 1.0 §3.1.2.5 to §3.1.3.7; RFC 9207 §2.4."""
        if request.args.get("iss") != self.settings.issuer or not self._is_ours(request.args.get("state")):
            _log.warning("an answer that we did not ask for, or of another issuer")
            return not_signed_in(
                say("This sign-in was not started here, or it is too old.", "该登录不是从此处发起，或已过期。")
            )
        try:
            self._require_issuer()
            tokens = self._client.authorize_access_token(resource=self.settings.audience, leeway=30)
        except Away as error:
            return away(error)
        except (*Refused, ValueError, KeyError) as error:
            _log.warning("sign-in refused: %s", error)
            if getattr(error, "error", "") == "access_denied":
                return not_signed_in(say("You did not allow it.", "您未同意授权。"))
            return not_signed_in(say("The identity provider did not sign you in.", "身份提供方未完成登录。"))
        if not tokens.get("userinfo"):
            return not_signed_in(say("The answer names nobody.", "返回结果中没有用户身份。"))
        return self._open(self._session(tokens))

    def _open(self, session: Session) -> Response:
        """A new id at each sign-in. What waited for a step-up waits on only for the same person."""
        old = self.current()
        if old is not None and old.subject == session.subject:
            session.pending = old.asked
        self.sessions.close(request.cookies.get(self._cookie))
        answer = make_response(redirect("/", 303))
        answer.set_cookie(
            self._cookie, self.sessions.open(session), httponly=True, samesite="Lax", secure=self.settings.https
        )
        return answer

    def _session(self, tokens: dict[str, Any]) -> Session:
        claims, now = tokens["userinfo"], time.time()
        session = Session(
            subject=claims["sub"],
            sid=claims.get("sid"),
            name=claims.get("name", ""),
            id_token=tokens["id_token"],
            access_token=tokens["access_token"],
            refresh_token=tokens.get("refresh_token"),
            expires_at=now + float(tokens.get("expires_in", 0)),
            scope=frozenset(tokens.get("scope", self._scope).split()),
            began_at=now,
        )
        session.name = session.name or self._ask_name(session) or session.subject
        return session

    def _ask_name(self, session: Session) -> str:
        """The name from userinfo, which wants a token of its own audience. Spec: RFC 8707 §2.2, OIDC Core 1.0 §5.3."""
        try:
            tokens = self._refresh(session, resource=self.settings.issuer, scope="openid profile")
            claims = self._client.userinfo(token=tokens)
        except (*Refused, *Away, ValueError, KeyError) as error:
            _log.info("no name from userinfo: %s", error)
            return ""
        return str(claims.get("name", "")) if claims.get("sub") == session.subject else ""  # §5.3.2: sub must be equal

    # --- staying in ---------------------------------------------------------------------------------------------------

    def refreshed(self, session: Session) -> bool:
        """Make sure that the access token lives a little longer. False: it could not be, the person signs in again.

        Raises:
            requests.RequestException: the identity provider is away and the token is over.
        Spec: RFC 6749 §6.
        """
        with session.lock:
            left = session.expires_at - time.time()
            if left > REFRESH_BEFORE_SECONDS:
                return True
            try:
                return self._renew(session)
            except requests.RequestException:
                if left > 0:
                    return True
                raise

    def ask(self, app: Flask, session: Session, method: str, path: str, **more: Any) -> TestResponse:
        """Ask our own API. A token that was taken back is renewed once: often only a permission of it is gone."""
        shown = session.access_token
        answer = call(app, session, method, path, **more)
        if challenge(answer).get("error") != "invalid_token":
            return answer
        with session.lock:
            if session.access_token == shown and not self._renew(session):
                return answer
        return call(app, session, method, path, **more)

    def _renew(self, session: Session) -> bool:
        """A new access token, under the session's lock. False: it is refused."""
        try:
            tokens = self._refresh(session, resource=self.settings.audience)
        except Refused as error:
            _log.info("refresh refused: %s", error)
            return False
        session.access_token = tokens["access_token"]
        session.expires_at = time.time() + float(tokens.get("expires_in", 0))
        session.scope = frozenset(tokens["scope"].split()) if "scope" in tokens else session.scope
        return True

    def _refresh(self, session: Session, **more: str) -> dict[str, Any]:
        if session.refresh_token is None:
            raise AuthlibBaseError(error="invalid_grant", description="no refresh token")
        tokens: dict[str, Any] = self._client.fetch_access_token(
            grant_type="refresh_token", refresh_token=session.refresh_token, **more
        )
        session.refresh_token = tokens.get("refresh_token", session.refresh_token)
        return tokens

    def again(self) -> ResponseReturnValue:
        """This session is over: forget it and begin anew, unless it has only just begun: that would never end."""
        session = self.current()
        self.sessions.close(request.cookies.get(self._cookie))
        if session is not None and time.time() - session.began_at < LOOP_SECONDS:
            return not_signed_in(say("Your sign-in is not accepted here.", "此处不接受您的登录。"))
        return self.begin()

    def require_form(self) -> Session:
        """The session whose form was posted. Raises 403: no session, or a form that we did not give out (CSRF)."""
        session = self.current()
        if session is None or not hmac.compare_digest(request.form.get("csrf", "").encode(), session.csrf.encode()):
            abort(
                message(403, say("This form is too old", "该表单已过期"), say("Nothing was changed.", "未作任何更改。"))
            )
        return session

    # --- the way out --------------------------------------------------------------------------------------------------

    def sign_out(self) -> ResponseReturnValue:
        """End our session, then the identity provider's. Spec: RP-Initiated Logout 1.0 §2."""
        session = self.require_form()
        self.sessions.close(request.cookies.get(self._cookie))
        try:
            answer: Response = self._client.logout_redirect(
                post_logout_redirect_uri=self.settings.base_url + "/signed-out",
                id_token_hint=session.id_token,
                client_id=self.settings.client_id,
                ui_locales=language(),
            )
            answer.status_code = 303
        except (*Away, RuntimeError):
            answer = message(
                503,
                say("You are signed out here only", "您仅退出了本应用"),
                say(
                    "The identity provider does not answer; you may still be signed in there.",
                    "身份提供方没有响应，您可能仍处于登录状态。",
                ),
            )
        return self._cleared(answer)

    def signed_out(self) -> ResponseReturnValue:
        """The browser is back from signing out; `state` shows that we asked. Spec: RP-Initiated Logout 1.0 §3."""
        try:
            self._client.validate_logout_response()
        except Refused:
            _log.info("signed-out page without our state")
        if self.current() is not None:  # somebody's link: this browser is still signed in, and that is what we say
            return redirect("/", 303)
        heading, text = say("You are signed out", "您已退出登录"), say("You can close this page.", "您可以关闭此页面。")
        return self._cleared(message(200, heading, text))

    def backchannel_logout(self) -> ResponseReturnValue:
        """The identity provider says who is out. Spec: Back-Channel Logout 1.0 §2.5, §2.8."""
        token = request.form.get("logout_token", "")
        try:
            ended = verify_logout(self.verifier, token, client_id=self.settings.client_id, spend=self._spent)
        except IssuerUnavailable:
            return {"error": "temporarily_unavailable"}, 503
        except VerifyError as error:
            _log.warning("logout token refused: %s", error.reason)
            return {"error": "invalid_request"}, 400
        count = self.sessions.end(subject=ended.subject, sid=ended.sid)
        _log.info("back-channel logout ended %d sessions", count)
        return "", 200

    def _cleared(self, answer: Response) -> Response:
        answer.delete_cookie(self._cookie, httponly=True, samesite="Lax", secure=self.settings.https)
        answer.headers["Clear-Site-Data"] = '"cache"'  # never "cookies": it would take the neighbours' too
        return answer

    def _require_issuer(self) -> None:
        # Authlib believes any document at the address; another issuer's would make us take its people for ours.
        if self._client.load_server_metadata().get("issuer") != self.settings.issuer:
            self._client.server_metadata.pop("_loaded_at", None)
            raise IssuerUnavailable("discovery names another issuer")

    def _is_ours(self, state: str | None) -> bool:
        return bool(state) and self._client.framework.get_state_data(flow_cookie, state) is not None

"""How an administrator enters the console: as any application is entered, by a code of our own /authorize.

The console's cookie names the grant and the session that it came from, for ten minutes; then the road is gone again,
silently while the session lives. Every request asks whether both live and what policy permits now, so that a role
that was taken is missed at once. Spec: RFC 6749 §4.1, RFC 7636, RFC 9207 (`iss`), RFC 9700 §4.7 (`state`).
"""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from idp.errors import Expired, Forged, Invalid
from idp.flows import token
from idp.flows.admin.console_client import CALLBACK
from idp.flows.admin.scope import NAMES, Admin, admin_of
from idp.flows.built_in import CONSOLE_AUDIENCE, CONSOLE_ID
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.decide import Verdict, decide, on_our_pages
from idp.flows.presented import Presented
from idp.oidc.pkce import challenge_of

LIFE = timedelta(minutes=10)
STARTING = timedelta(minutes=30)
IDLE = timedelta(minutes=15)
"""After this the person proves again that it is them. Spec: NIST SP 800-63B-4 §2.3.3."""
ABSOLUTE = timedelta(hours=8)
_START, _CONSOLE = "console-start", "console"


@dataclass(frozen=True, slots=True)
class Entered:
    """The console's cookie, opened: which grant, which session, since when."""

    grant_id: str
    sid: str
    at: datetime


def begin(idp: Idp, visit: Visit, path: str, cookie: str | None) -> tuple[str, str]:
    """The address of our own /authorize, and the sealed state that its answer must match."""
    state, verifier = idp.token(), idp.token()
    last = opened(idp, cookie)
    fresh = last is not None and visit.now - last.at > IDLE
    asked = {
        "client_id": CONSOLE_ID,
        "redirect_uri": idp.issuer.rstrip("/") + CALLBACK,
        "response_type": "code",
        "scope": " ".join(("openid", *NAMES)),
        "resource": CONSOLE_AUDIENCE,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "max_age": str(int((IDLE if fresh else ABSOLUTE).total_seconds())),
    }
    kept = {"state": state, "verifier": verifier, "path": path, "at": visit.now.isoformat()}
    return f"/authorize?{urlencode(asked)}", idp.ports.sealer.seal(_START, json.dumps(kept).encode())


def finish(idp: Idp, visit: Visit, me: SignedInAs | None, start: str | None, given: dict[str, str]) -> tuple[str, str]:
    """Take the answer: the console's cookie, and the path that was wanted.

    Raises: Forged (not this browser's question), Expired, OAuthError (the code is not good).
    """
    kept = _start(idp, visit, start)
    if not hmac.compare_digest(given.get("state", "").encode(), kept["state"].encode()):
        raise Forged("state is not that of this browser")
    if given.get("iss") != idp.issuer:
        raise Forged("the answer is not ours")
    if me is None or "code" not in given:
        raise Expired("no session, or no code")
    pairs = {
        "grant_type": "authorization_code",
        "code": given["code"],
        "redirect_uri": idp.issuer.rstrip("/") + CALLBACK,
        "client_id": CONSOLE_ID,
        "code_verifier": kept["verifier"],
    }
    token.token(idp, Presented("POST", idp.issuer.rstrip("/") + "/token", list(pairs.items())))
    grants = [
        one
        for one in idp.ports.truth.grants.of_session(me.session.sid)
        if one.client_id == CONSOLE_ID and one.revoked_at is None
    ]
    if not grants:
        raise Forged("the code was another session's")
    newest = max(grants, key=lambda one: one.created_at)
    return seal(idp, Entered(newest.id, me.session.sid, visit.now)), kept["path"]


def _start(idp: Idp, visit: Visit, start: str | None) -> dict[str, str]:
    try:
        kept = json.loads(idp.ports.sealer.open(_START, start or ""))
    except (Invalid, ValueError) as error:
        raise Expired("the way into the console was not begun in this browser") from error
    if visit.now - datetime.fromisoformat(kept["at"]) > STARTING:
        raise Expired("it was begun too long ago")
    found: dict[str, str] = kept
    return found


def seal(idp: Idp, entered: Entered) -> str:
    """The cookie's value."""
    kept = {"grant": entered.grant_id, "sid": entered.sid, "at": entered.at.isoformat()}
    return idp.ports.sealer.seal(_CONSOLE, json.dumps(kept).encode())


def opened(idp: Idp, cookie: str | None) -> Entered | None:
    """The cookie, if it is one of ours; its age is not looked at."""
    if not cookie:
        return None
    try:
        kept = json.loads(idp.ports.sealer.open(_CONSOLE, cookie))
        return Entered(kept["grant"], kept["sid"], datetime.fromisoformat(kept["at"]))
    except (Invalid, ValueError, KeyError):
        return None


def entered(idp: Idp, visit: Visit, me: SignedInAs | None, cookie: str | None) -> Admin | None:
    """The administrator at the door with what policy permits now; None: the road has to be gone (again)."""
    found = opened(idp, cookie)
    if found is None or me is None or found.sid != me.session.sid or visit.now - found.at > LIFE:
        return None
    grant = idp.ports.truth.grants.get(found.grant_id)
    if grant is None or grant.revoked_at is not None or grant.client_id != CONSOLE_ID or grant.sid != found.sid:
        return None
    return administrator(idp, visit, me)


def administrator(idp: Idp, visit: Visit, me: SignedInAs) -> Admin | None:
    """What policy permits this session in the console now; None for whoever may not enter."""
    configuration = idp.ports.truth.configuration()
    client = configuration.clients.get(CONSOLE_ID)
    standing = idp.ports.truth.people.standing(me.subject.id, visit.now, me.session.post_id)
    if client is None or client.disabled or standing is None or me.subject.disabled:
        return None
    here = on_our_pages(visit, me.session, "admin")
    verdict: Verdict = decide(idp, standing, client, configuration.permissions_of(client), here)
    if not verdict.decision.allowed:
        return None
    return admin_of(standing, (one.name for one in verdict.decision.permissions), configuration)

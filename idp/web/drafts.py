"""What was typed is not lost: a form that comes after its session ended, or that needs one more proof first, is kept,
sealed, while the person proves again; then its page comes back, filled in, and nothing is sent by itself.

The draft is an interaction of its own, bound to this browser, for one person and one page, taken once. Secrets are
never kept: passwords, codes, passkeys' answers, tokens of forms. One place for every form of `/me`, the help desk and
the console. Obeys: WCAG 2.2 §2.2.5, §3.3.7; ASVS 5.0 V7. Does not decide what needs a proof.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from flask import Response, g, request

from idp.authn.assurance import meets
from idp.errors import Expired, Invalid, Throttled, Unavailable
from idp.flows import account, authorize, built_in
from idp.flows.context import SignedInAs, hash_of
from idp.model import AAL2, AuthorizationRequest, Interaction
from idp.web.answers import answer
from idp.web.approve import waiting
from idp.web.front import Front

SECRETS = ("csrf", "password", "code", "credential", "secret", "pass", "device_", "token")
"""A field whose name begins or ends with one of these is never kept."""
MOST = 16_000
"""Characters of all fields together."""
PARAMETER, PURPOSE = "draft", "draft"
Fields = list[tuple[str, str]]
View = Callable[[Front, SignedInAs], Response]


def own_page(front: Front, purpose: str, view: View) -> Callable[[], Response]:
    """A page of whoever is signed in; a form must be one that this browser was given, and is kept if it comes late."""

    def guarded() -> Response:
        me = front.signed_in()
        if request.method == "POST":
            front.require_csrf(purpose)
        if me is None:
            return answer(front, authorize.enter(front.idp, front.visit(), here(front)))
        front.seen(me)
        recall(front, me)
        g.waiting = waiting(front, me)
        return view(front, me)

    return guarded


def step_up(front: Front, *, acr: str = AAL2, path: str | None = None) -> Response:
    """One more proof now, then this page again as it was typed."""
    return answer(front, authorize.enter(front.idp, front.visit(), path or here(front), max_age=0, acr=acr))


def proved_lately(front: Front, me: SignedInAs) -> bool:
    """The last proof is recent, and a second factor was really proved, for what changes one's own account."""
    return meets(me.session.acr, AAL2) and account.is_recent(front.visit(), me)


def here(front: Front) -> str:
    """This page's path, with the draft of the form that was sent to it. Call it after the form's token was proved."""
    given = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    draft = _keep(front) if request.method == "POST" else request.args.get(PARAMETER)
    if draft:
        given.append((PARAMETER, draft))
    return f"{request.path}?{urlencode(given)}" if given else request.path


def recall(front: Front, me: SignedInAs) -> None:
    """What this person typed on this page before they proved again; the next page that is made is filled in with it."""
    given = request.args.get(PARAMETER)
    if request.method != "GET" or not given:
        return
    idp, visit = front.idp, front.visit()
    try:
        kept = authorize.load(idp, visit, given)
        found = json.loads(idp.ports.sealer.open(PURPOSE, kept.stage.get(PURPOSE, "")))
    except (Expired, Invalid, ValueError, Unavailable):
        return  # an old link, or another browser's: the page comes as it is
    if found["subject"] == me.subject.id and found["path"] == request.path:
        idp.ports.brief.close_interaction(kept.id_hash)
        g.draft = [(str(name), str(value)) for name, value in found["fields"]]


def typed() -> Fields:
    """The fields of this form that may be kept."""
    return [(name, value) for name, value in request.form.items(multi=True) if not _is_secret(name)]


def _is_secret(name: str) -> bool:
    lower = name.lower()
    return any(lower.startswith(word) or lower.endswith(word) for word in SECRETS)


def _keep(front: Front) -> str | None:
    """The id of the draft; None: nobody's, nothing, or too much."""
    idp, visit, fields = front.idp, front.visit(), typed()
    owner = idp.ports.truth.sessions.by_id_hash(hash_of(visit.session)) if visit.session else None
    if owner is None or owner.device_hash != visit.device_hash or sum(len(a) + len(b) for a, b in fields) > MOST:
        return None
    told = {"subject": owner.subject_id, "path": request.path, "fields": fields}
    draft_id = idp.token()
    kept = Interaction(
        id_hash=hash_of(draft_id),
        version=1,
        binding_hash=hash_of(visit.binding),
        request=AuthorizationRequest(built_in.ACCOUNT.id, request.path, ()),
        language=visit.language,
        created_at=visit.now,
        network=visit.network,
        stage={"step": "identify", PURPOSE: idp.ports.sealer.seal(PURPOSE, json.dumps(told).encode())},
    )
    try:
        idp.ports.brief.open_interaction(kept, timedelta(minutes=idp.settings.life.interaction_minutes))
    except (Throttled, Unavailable):
        return None
    return draft_id


__all__ = ["here", "own_page", "proved_lately", "recall", "step_up", "typed"]

"""The suite's `automated_ciba_approval_url`: a POST with `auth_req_id` and `action` answers for a person.

It answers as that person would in a browser of theirs: with a session of the password alone, through the product's own
flow, so that policy is asked as ever. Only requests of clients that a plan for certification registered are answered.
Spec: CIBA Core §8. Deliberately not in the product: nobody else may ever speak for a person.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from idp.errors import Conflict, InvalidRequest
from idp.flows import backchannel
from idp.flows.admin.clients import CERTIFICATION
from idp.flows.approval import Approver
from idp.flows.backchannel import Wish
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.model import AAL1, BackchannelRequest, Proof, Session
from idp.ports import Place
from idp.web.machine import form
from idp.web.machine.answers import Answer, as_json

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

ALLOW, DENY = ("allow", "approve"), ("deny", "reject", "access_denied")
PLACE = Place(None, None, None)


def at_approval(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """`auth_req_id` and `action` from the query, as the suite's template puts them there, or from a form."""
    pairs: Sequence[tuple[str, str]] = parse_qsl(environ.get("QUERY_STRING", ""))
    if environ.get("CONTENT_TYPE", "").startswith(form.FORM):
        pairs = [*pairs, *form.read(environ)]
    said = dict(pairs)
    answer(idp, said.get("auth_req_id", ""), said.get("action", ""))
    return as_json({"done": said["action"]})


def answer(idp: Idp, auth_req_id: str, action: str) -> None:
    """Raises InvalidRequest: no such request of such a client, or no such answer. Conflict: policy wants more."""
    id_hash = hash_of(auth_req_id)
    request = idp.ports.brief.kept(BackchannelRequest, id_hash)
    client = idp.ports.truth.configuration().clients.get(request.client_id) if request else None
    if request is None or client is None or CERTIFICATION not in client.labels or action not in (*ALLOW, *DENY):
        raise InvalidRequest("no such request, or no such answer")
    subject = idp.ports.truth.people.get(request.subject_id or "")
    if subject is None:
        raise InvalidRequest("nobody is asked by it")
    visit = _visit(idp)
    me = SignedInAs(_session(idp, visit, subject.id), subject)
    wish = Wish(id_hash, request, client)
    if action in DENY:
        backchannel.deny(idp, visit, me, wish)
        return
    by = backchannel.weigh(idp, visit, me, wish, "/me/approve")
    if not isinstance(by, Approver):
        raise Conflict("policy wants more than a password of this person")
    backchannel.allow(idp, visit, by, wish)


def _visit(idp: Idp) -> Visit:
    return Visit(
        now=idp.ports.now(),
        address="127.0.0.1",
        network=idp.ports.sealer.digest("network", CERTIFICATION),
        place=PLACE,
        zones=frozenset(),
        browser=CERTIFICATION,
        system=None,
        language="en",
        binding=idp.token(),
        device=idp.token(),
    )


def _session(idp: Idp, visit: Visit, subject_id: str) -> Session:
    """As a sign-in by password would leave it."""
    held = idp.ports.truth.authenticators.of(subject_id)
    password = next((one for one in held if one.factor == "password"), None)
    standing = idp.ports.truth.people.standing(subject_id, visit.now)
    if password is None or standing is None:
        raise InvalidRequest("that person cannot sign in")
    session = Session(
        id_hash=hash_of(idp.token()),
        sid=idp.id("sid"),
        subject_id=subject_id,
        post_id=standing.post.id,
        created_at=visit.now,
        authenticated_at=visit.now,
        last_seen_at=visit.now,
        expires_at=visit.now + _hours(idp),
        idle_limit=_hours(idp),
        proofs=(Proof("password", password.id, visit.now, ("pwd",), AAL1),),
        acr=AAL1,
        amr=("pwd",),
        device_hash=visit.device_hash,
        network=visit.network,
        country=None,
        asn=None,
        browser=CERTIFICATION,
    )
    with idp.ports.truth.begin() as tx:
        tx.sessions.add(session)
    return session


def _hours(idp: Idp) -> timedelta:
    return timedelta(hours=idp.settings.life.session_hours[0])

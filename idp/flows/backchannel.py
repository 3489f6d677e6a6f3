"""An application asks a person who is not at its door; they say yes or no on a page of ours (CIBA, poll).

Whom the hint means is never told to the application: a hint that means nobody gets an answer like any other, and no
person ever comes (CIBA §13 allows `unknown_user_id`, but an application of one ministry must not find out who works at
another by asking for names). How much may be asked is counted by the hint, so that this tells nothing either.
The grant is of the session in which the person allows, so that signing out there ends it.
Spec: CIBA Core §7, §8; FAPI-CIBA §5.2.2. Deliberately not here: ping and push, user codes, polling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Expired, InvalidRequest, Throttled, UnauthorizedClient
from idp.events import AlertRaised, BackchannelAsked
from idp.flows import approval, client_keys, notices, subjects
from idp.flows.answers import Answer
from idp.flows.approval import Approver
from idp.flows.client_proof import authenticate
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.flows.polling import INTERVAL, REMEMBERED
from idp.flows.presented import Presented
from idp.flows.sign_in.identify import bare, clean
from idp.model import Alert, BackchannelRequest, Client, Subject
from idp.oidc import backchannel_request as questions
from idp.oidc.authorization_request import Asked
from idp.oidc.backchannel_request import Question
from idp.oidc.jose import JoseError, jws
from idp.oidc.logout_request import hint_of
from idp.ports import Limit

GRANT_TYPE = "urn:openid:params:grant-type:ciba"
ALERT = "approval-fatigue"
PER_PERSON = 5, timedelta(minutes=3)
"""What one application may ask one person at once, and after how long once more: nobody is worn down until yielding."""
TOGETHER = 10, timedelta(minutes=3)
"""What all applications together may ask one person, by whatever names, before somebody looks at it. More is not
refused: one application must not be able to keep another's question away."""
FATIGUE = timedelta(hours=1)
"""One alert for one person (or for all names that nobody has, of one application) in this time."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Spec: CIBA Core §7.3. Times in seconds."""

    auth_req_id: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that waits for this person."""

    id_hash: str
    request: BackchannelRequest
    client: Client


def begin(idp: Idp, presented: Presented) -> Begun:
    """A question to somebody.

    Raises: InvalidClient, UnauthorizedClient, InvalidRequest, InvalidScope, InvalidTarget, InvalidBindingMessage,
    Throttled, Unavailable.
    Spec: CIBA Core §7.1-§7.3.
    """
    asked = presented.asked()
    client = authenticate(idp, presented, asked)
    if client.is_public or GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClient("this client may not ask by the back channel")
    now = idp.ports.now()
    said = _said(idp, client, asked, now)
    question = questions.check(said, client, idp.ports.truth.configuration(), idp.issuer)
    allowed = idp.ports.brief.take([Limit(f"ask:{client.id}:{_digest(idp, question)}", *PER_PERSON)])[0]
    subject = _meant(idp, client, said, question)
    _watched(idp, client, subject, now, worn=not allowed.allowed)
    if not allowed.allowed:  # by the hint as it is written, whether or not it means anybody
        raise Throttled(allowed.retry_after, f"{client.id} asks one person too often")
    wait = question.wait or timedelta(minutes=idp.settings.life.backchannel_minutes)
    secret = idp.token()
    request = BackchannelRequest(
        id=idp.id("ask"),
        client_id=client.id,
        subject_id=subject.id if subject else None,
        scopes=question.scopes,
        audience=question.audience,
        expires_at=now + wait,
        interval=INTERVAL,
        binding_message=question.binding_message,
        acr_values=question.acr_values,
    )
    owner = subject.id if subject else f"nobody:{_digest(idp, question)}"
    idp.ports.brief.keep(hash_of(secret), request, wait + REMEMBERED, owner=owner)
    idp.ports.truth.record_soon(
        BackchannelAsked(
            subject_id=request.subject_id, client_id=client.id, request_id=request.id, asked=question.scopes
        )
    )
    if subject is not None:
        notices.somebody_asks(idp, subject, client)
    return Begun(secret, int(wait.total_seconds()), INTERVAL)


def _said(idp: Idp, client: Client, asked: Asked, now: datetime) -> Asked:
    """The question: from its signed form, which is used once; else as it stands, where this client may do so."""
    compact = asked.get("request")
    if compact is None:
        if questions.must_be_signed(client):
            raise InvalidRequest("a signed request is needed")
        return asked
    questions.alone(asked)
    alg = client.backchannel_authentication_request_signing_alg
    if alg is None:
        raise InvalidRequest("this client has registered no algorithm for signed requests")
    try:
        seen = jws.peek(compact)
        keys = client_keys.of(idp, client, kid=seen.kid)
        claims = jws.verify(seen, keys, frozenset({alg}), questions.TYPES)
    except JoseError as error:
        raise InvalidRequest("the signed request is not valid", str(error)) from error
    jti, until = questions.verify_object(claims, client, idp.issuer, now)
    if not idp.ports.brief.spend("backchannel-jti", hash_of(f"{client.id}\n{jti}"), until - now):
        raise InvalidRequest("the signed request was used before")
    return questions.told_in(claims)


def _watched(idp: Idp, client: Client, subject: Subject | None, now: datetime, *, worn: bool) -> None:
    """Somebody tries to wear a person down until they yield: an alert, and no letter, which would be one more push.

    A name that nobody has costs the same, so that time tells nothing of it.
    """
    owner = subject.id if subject else f"nobody:{client.id}"
    together = idp.ports.brief.take([Limit(f"asked:{owner}", *TOGETHER)])[0]
    if (together.allowed and not worn) or not idp.ports.brief.spend("alert", f"fatigue:{owner}", FATIGUE):
        return
    whom, facts = subject.id if subject else None, {"application": client.id}
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(Alert(idp.id("alert"), ALERT, now, f"alert.{ALERT}", facts, whom))
        tx.record(AlertRaised(kind=ALERT, subject_id=whom, client_id=client.id))


def _digest(idp: Idp, question: Question) -> str:
    return idp.ports.sealer.digest("asked-whom", clean(question.hint[1]).casefold())


def _meant(idp: Idp, client: Client, asked: Asked, question: Question) -> Subject | None:
    """Whom the hint means; None: nobody here, or nobody who can answer. A hint of another application is an error."""
    name, value = question.hint
    if name == "id_token_hint":
        hint = hint_of(asked, idp.issuer, idp.ports.truth.configuration())
        if hint is None or hint.client.id != client.id:
            raise InvalidRequest("id_token_hint is not an ID token of ours for this client")
        subject_id = subjects.whose(idp, hint)
        found = idp.ports.truth.people.get(subject_id) if subject_id is not None else None
    else:
        found = _named(idp, clean(value))
    return None if found is None or found.disabled else found


def _named(idp: Idp, identifier: str) -> Subject | None:
    """By the department that the name says; else among all of them, where it is only one person's."""
    posts = idp.ports.truth.configuration().signposts
    department = posts.named_by(identifier)
    asked = [department] if department else posts.kept
    found = [idp.ports.truth.people.find(bare(identifier), one.id) for one in asked]
    people = [one for one in found if one is not None]
    return people[0] if len(people) == 1 else None


def waiting(idp: Idp, me: SignedInAs) -> Sequence[Wish]:
    """What waits for this person's answer, oldest first."""
    now, clients = idp.ports.now(), idp.ports.truth.configuration().clients
    return [
        Wish(id_hash, request, clients[request.client_id])
        for id_hash, request in idp.ports.brief.kept_of(BackchannelRequest, me.subject.id)
        if request.state == "pending"
        and now < request.expires_at
        and request.client_id in clients
        and not clients[request.client_id].disabled
    ]


def chosen(idp: Idp, me: SignedInAs, request_id: str) -> Wish:
    """The one that a form names. Raises Expired: it is not theirs, answered, or over."""
    found = next((one for one in waiting(idp, me) if one.request.id == request_id), None)
    if found is None:
        raise Expired("no such request of this person")
    return found


def weigh(idp: Idp, visit: Visit, me: SignedInAs, wish: Wish, back: str) -> Approver | Answer:
    """Whether this person may say yes to it, or what comes first."""
    return approval.weigh(idp, visit, me, wish.client, wish.request, back)


def allow(idp: Idp, visit: Visit, by: Approver, wish: Wish) -> None:
    """Yes, once. Raises Expired: it was answered or over before."""
    grant = approval.give(idp, visit, by, wish.request, "backchannel", None)
    try:
        approval.settle(idp, wish.id_hash, wish.request, "approved", grant.id)
    except Expired:
        approval.take_back(idp, visit, grant)
        raise


def deny(idp: Idp, visit: Visit, me: SignedInAs, wish: Wish) -> None:
    """No, once. Raises Expired."""
    approval.settle(idp, wish.id_hash, wish.request, "denied")
    approval.told_no(idp, visit, me, wish.client.id, "backchannel", None)

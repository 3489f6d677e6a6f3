"""A flow's answer becomes HTTP. Spec: RFC 6749 §4.1.2 (302/303), OAuth 2.0 Form Post Response Mode, RFC 9700 §4.12."""

from typing import assert_never
from urllib.parse import urlencode

from flask import Response, redirect

from idp.flows import built_in
from idp.flows.answers import Answer, Arrive, GoTo, NotAllowed, SendBack, StepName
from idp.flows.why import facts_of
from idp.model import Text
from idp.oidc.authorization_answer import AuthorizationAnswer
from idp.web.front import Front
from idp.web.pages import FormPost, Reason, Refused, Returning
from idp.web.pages.parts import Link

PATHS: dict[StepName, str] = {
    "identify": "/sign-in",
    "department": "/sign-in/department",
    "password": "/sign-in/password",
    "totp": "/sign-in/totp",
    "passkey": "/sign-in/passkey",
    "recovery": "/sign-in/recovery",
    "recovery-left": "/sign-in/recovery/left",
    "certificate": "/sign-in/certificate",
    "pass": "/sign-in/pass",
    "new-password": "/sign-in/new-password",
    "ways": "/sign-in/ways",
    "lost": "/sign-in/lost",
    "enrol": "/sign-in/enrol",
    "enrol-code": "/sign-in/enrol/code",
    "enrol-totp": "/sign-in/enrol/totp",
    "enrol-passkey": "/sign-in/enrol/passkey",
    "enrol-recovery": "/sign-in/enrol/recovery",
    "acting": "/sign-in/acting",
    "consent": "/consent",
}
SEE_OTHER = 303


def answer(front: Front, given: Answer) -> Response:
    """One response for each kind of answer."""
    match given:
        case GoTo(step, interaction_id):
            return redirect(step_url(step, interaction_id), SEE_OTHER)  # type: ignore[return-value]
        case Arrive(path, session, device, shared):
            front.keep(session, device, shared=shared)
            return redirect(path, SEE_OTHER)  # type: ignore[return-value]
        case SendBack():
            front.keep(given.session, given.device, shared=given.shared)
            return _back(front, given)
        case NotAllowed():
            return _refused(front, given)
        case _:
            assert_never(given)


def step_url(step: StepName, interaction_id: str) -> str:
    """The page of a step; the interaction's id stands in it."""
    return f"{PATHS[step]}?{urlencode({'i': interaction_id})}"


def _back(front: Front, given: SendBack) -> Response:
    """303, so that a POST is never repeated at the application."""
    back = given.answer
    if back.response_mode == "form_post":
        page = FormPost(back.redirect_uri, back.fields, given.client.name)
        return front.page(page, destination=given.client.name, may_return_to=back.redirect_uri)
    if given.interactive and "returns-onward" in given.client.labels:
        page_ = Returning(back.location, given.client.name)
        return front.page(page_, destination=given.client.name, may_return_to=back.redirect_uri)
    return redirect(back.location, SEE_OTHER)  # type: ignore[return-value]


def _refused(front: Front, given: NotAllowed) -> Response:
    """Our own page: the reasons in words, the reference, and a way back to the application."""
    record = given.record
    page = Refused(
        app=given.client.name,
        reasons=_reasons(front, given),
        reference=record.reference,
        at=record.at,
        why=f"/why/{record.reference}",
        onward=_onward(given.back, given),
    )
    return front.page(page, destination=None if given.client.id == built_in.ACCOUNT.id else given.client.name)


def _onward(back: AuthorizationAnswer | None, given: NotAllowed) -> Link | None:
    if back is None or back.response_mode != "query":
        return None
    app = given.client.name
    return Link(back.location, Text(f"Back to {app.en}", f"返回{app.zh}"))


def _reasons(front: Front, given: NotAllowed) -> tuple[Reason, ...]:
    """Why, with names instead of ids."""
    found = given.record.answer.get("reasons", [])
    configuration = front.idp.ports.truth.configuration()
    listed = found if isinstance(found, list) else []
    return tuple(Reason(str(one["because"]), facts_of(configuration, one["params"])) for one in listed)

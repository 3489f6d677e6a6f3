"""The page that asks for consent: every scope, claim and authorization detail with the value that would be sent.

Spec: OIDC Core §3.1.2.4, §5.5; RFC 9396 §1.1, §11.1; ASVS 5.0 V10.7. Deliberately not here: whether to ask, and what a
yes means (`idp.flows.sign_in.consent`).
"""

from collections.abc import Iterable, Sequence

from flask import request

from idp.errors import Expired
from idp.flows import subjects
from idp.flows.case import Case
from idp.flows.context import Visit
from idp.model import Client, Detail, DetailType, Interaction, Subject, Text
from idp.oidc import claims, claims_request, details
from idp.web import pages
from idp.web.crests import crest_of
from idp.web.front import Front

SCOPES: dict[str, Text] = {
    "openid": Text("That it is you, by a number that is only yours", "确认是您本人（仅属于您的编号）"),
    "profile": Text("Your name and language", "您的姓名和语言"),
    "email": Text("Your work e-mail", "您的工作邮箱"),
    "phone": Text("Your telephone number", "您的电话号码"),
    "address": Text("Your postal address", "您的通信地址"),
    "offline_access": Text("This also while you are away", "您不在线时仍可访问"),
}
CLAIMS: dict[str, Text] = {
    "name": Text("Your name", "您的姓名"),
    "locale": Text("Your language", "您的语言"),
    "email": Text("Your work e-mail", "您的工作邮箱"),
}
TRUTHS = {True: Text("yes", "是"), False: Text("no", "否")}


def consent(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> pages.Consent:
    """Raises Expired: nobody has proved anything here."""
    if case.standing is None:
        raise Expired("nobody has proved anything here")
    asked, client, subject = interaction.request, case.client, case.standing.subject
    owner = front.idp.ports.truth.configuration().departments.get(client.department_id)
    return pages.Consent(
        action=request.full_path,
        app=client.name,
        owner=owner.name if owner else "",
        crest=crest_of(owner),
        items=(
            *(consent_item(front, visit, one, client, subject) for one in asked.scopes),
            *(claim_item(front, one, subject) for one in claims_request.names(asked)),
        ),
        details=detail_items(front, client, asked.details),
    )


def consent_item(front: Front, visit: Visit, scope: str, client: Client, subject: Subject) -> pages.ConsentItem:
    """One scope, with what it gives of this person."""
    known = front.idp.ports.truth.configuration().permissions_of(client).get(scope)
    label = known[1].name_text if known else SCOPES.get(scope, scope)
    if scope == claims.OPENID:
        return pages.ConsentItem(scope, label, subjects.named(front.idp, client, subject.id))
    given = claims.userinfo(subject, (scope,), front.idp.settings.server.default_language)
    return pages.ConsentItem(scope, label, _listed(value for name, value in given.items() if name != "sub"))


def claim_item(front: Front, name: str, subject: Subject) -> pages.ConsentItem:
    """One claim that is asked by its name."""
    known = claims.named(subject, (name,), front.idp.settings.server.default_language)
    label = CLAIMS.get(name.partition("#")[0], name)
    return pages.ConsentItem(f"{claims_request.CONSENT}{name}", label, _listed(known.values()))


def detail_items(front: Front, client: Client, wanted: Sequence[Detail]) -> tuple[pages.ConsentDetail, ...]:
    """Authorization details, in plain words."""
    types = details.types_of(front.idp.ports.truth.configuration(), client)
    return tuple(_detail(one, types[str(one["type"])][1]) for one in wanted if one["type"] in types)


def _listed(values: Iterable[object]) -> str | None:
    """Each value once, as it is sent; None where there is nothing to send."""
    return " · ".join(dict.fromkeys(details.shown(one) for one in values)) or None


def _detail(one: Detail, schema: DetailType) -> pages.ConsentDetail:
    """In the order of the schema, by its names."""
    fields = tuple((field.name_text, _said(one[field.name])) for field in schema.fields if field.name in one)
    return pages.ConsentDetail(schema.name_text, fields)


def _said(value: object) -> str | Text:
    return TRUTHS[value] if isinstance(value, bool) else details.shown(value)

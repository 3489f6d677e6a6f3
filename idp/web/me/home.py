"""`/me`: three cards: protection, devices, last sign-in."""

from flask import Response

from idp.flows import account
from idp.flows.context import SignedInAs
from idp.web import pages
from idp.web.front import Front
from idp.web.me.own import PURPOSE, last_sign_in

PATH = "/me"


def show(front: Front, me: SignedInAs) -> Response:
    held = account.methods(front.idp, me)
    department = front.idp.department(me.subject.department_id)
    ways = account.ways(held)
    page = pages.MeHome(
        protection=account.protection(front.idp, held),
        ways=len(ways),
        phishable=all(one.factor != "passkey" for one in ways),
        devices=len({one.device_hash for one in account.own_sessions(front.idp, front.visit(), me)}),
        last=last_sign_in(front, account.last_sign_in(front.idp, me)),
        department=department.name if department else None,
    )
    return front.page(page, purpose=PURPOSE)

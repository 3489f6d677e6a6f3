"""Whether whoever is signed in reads as an administrator: the console's permissions, decided anew for this session."""

from idp.flows.admin.scope import Admin, admin_of
from idp.flows.built_in import CONSOLE_ID
from idp.flows.context import SignedInAs
from idp.flows.decide import decide
from idp.model import ADMINISTRATOR_ROLES
from idp.web.front import Front
from policies.question import Circumstances


def admin_reading(front: Front, me: SignedInAs) -> Admin | None:
    """The administrator behind this session, with what policy permits now; None for everybody else."""
    visit, idp = front.visit(), front.idp
    configuration = idp.ports.truth.configuration()
    client = configuration.clients.get(CONSOLE_ID)
    standing = idp.ports.truth.people.standing(me.subject.id, visit.now, me.session.post_id)
    if client is None or standing is None or standing.roles.isdisjoint(ADMINISTRATOR_ROLES):
        return None
    here = Circumstances(
        at=visit.now,
        zones=visit.zones,
        country=visit.place.country,
        asn=visit.place.asn,
        acr=me.session.acr,
        degraded=me.session.degraded,
        phase="admin",
    )
    verdict = decide(idp, standing, client, configuration.permissions_of(client), here)
    if not verdict.decision.allowed:
        return None
    return admin_of(standing, (one.name for one in verdict.decision.permissions), configuration)

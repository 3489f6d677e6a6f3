"""What a token may carry now: asked ∩ granted ∩ allowed by policy, for one audience, and for how long.

One place for a code, a refresh, a machine and introspection, so that a role that was taken is missed by all of them.
Decisions are kept for the minute in which they were made, under everything that they rest on.
Spec: RFC 6749 §3.3, RFC 9068 §2.2.3, RFC 9700 §2.3. Deliberately not here: whether the origin lives, and minting.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from idp.errors import InvalidGrant
from idp.flows import delegations
from idp.flows.context import Idp
from idp.flows.decide import Verdict, after_sign_in, app_of, permissions_of, who_of
from idp.flows.origin import Origin
from idp.model import AAL1, Client, Configuration, Standing
from idp.oidc import details
from idp.oidc.audiences import permissions_for
from idp.oidc.claims import IDENTITY_SCOPES, OPENID
from policies.least_privilege import Row, grantable
from policies.question import Circumstances, Phase, Question, Who

MACHINE_POST = "regular"
"""A machine is always at its post; its end is `disabled`."""


@dataclass(frozen=True, slots=True)
class Entitled:
    """What the token for `audience` carries, and the whole difference to what was asked.

    identity: openid, profile, email as granted. permissions: of the audience, allowed now. dept, post: of the bearer.
    detail_types: those among the asked ones whose permission is allowed now (RFC 9396 §7).
    """

    audience: str
    identity: tuple[str, ...]
    permissions: tuple[str, ...]
    difference: tuple[Row, ...]
    grade: int
    life: timedelta
    dept: str
    post: str | None
    verdict: Verdict
    detail_types: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.verdict.decision.allowed

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the token answer says was granted."""
        return (*self.identity, *self.permissions)

    @property
    def dropped(self) -> tuple[str, ...]:
        return tuple(row.asked for row in self.difference if not row.granted)

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """The rules that dropped something, and those that set the life."""
        rules = (name for row in self.difference for name in row.dropped_by)
        return tuple(dict.fromkeys((*rules, *self.verdict.decision.life_policies)))


def standing_of(idp: Idp, origin: Origin, now: datetime) -> Standing:
    """The post that the grant was given in, with its roles now. Raises InvalidGrant: it is not held any more, or the
    delegation that it rests on is over."""
    epoch = idp.ports.truth.configuration().epoch
    minute = int(now.timestamp()) // 60
    subject, act = delegations.told(idp, origin, now)
    standing = _standing(idp, subject.id, origin.grant.post_id, subject.access_version, epoch, minute)
    if standing is None:
        raise InvalidGrant("the grant is not valid", "the post is not held any more")
    standing = replace(standing, subject=subject)
    return delegations.lendable(standing) if act else standing


def of_person(
    idp: Idp,
    origin: Origin,
    standing: Standing,
    scopes: Sequence[str],
    audience: str,
    phase: Phase,
    now: datetime,
    detail_types: Sequence[str] = (),
) -> Entitled:
    """For a person's token, judged by the last contact of their browser with us."""
    here = after_sign_in(origin.session, _minute(now), origin.grant.acr, phase)
    return _asked(idp, origin.client, who_of(standing), scopes, audience, here, detail_types)


def of_machine(idp: Idp, client: Client, scopes: Sequence[str], audience: str, phase: Phase, now: datetime) -> Entitled:
    """For a machine: its own roles, at the assurance of one secret; so no data grade that asks for two factors."""
    here = Circumstances(at=_minute(now), acr=AAL1, phase=phase)
    return _asked(idp, client, None, scopes, audience, here)


def _asked(
    idp: Idp,
    client: Client,
    who: Who | None,
    scopes: Sequence[str],
    audience: str,
    here: Circumstances,
    detail_types: Sequence[str] = (),
) -> Entitled:
    epoch = idp.ports.truth.configuration().epoch
    types = tuple(dict.fromkeys(detail_types))
    return _entitle(idp, idp.policies.version, epoch, client.id, who, tuple(scopes), audience, here, types)


@lru_cache(maxsize=8192)
def _entitle(
    idp: Idp,
    version: str,
    epoch: int,
    client_id: str,
    who: Who | None,
    scopes: tuple[str, ...],
    audience: str,
    here: Circumstances,
    detail_types: tuple[str, ...],
) -> Entitled:
    """`version` and `epoch` are part of what the answer is kept under: new rules or settings, new answers."""
    configuration = idp.ports.truth.configuration()
    client = configuration.clients[client_id]
    who = who or _machine(configuration, client)
    asked = permissions_for(audience, scopes, configuration.permissions_of(client))
    behind = _behind(configuration, client, audience, detail_types)
    names = tuple(dict.fromkeys((*asked, *behind.values())))
    question = Question(who, app_of(client), permissions_of(configuration, client, names), here)
    decision = idp.policies.decide(question)
    found = grantable(asked, asked, decision)
    exact = grantable(tuple(behind.values()), tuple(behind.values()), decision).permissions
    grades = {permission.name: permission.grade for permission in question.permissions}
    return Entitled(
        audience=audience,
        identity=tuple(one for one in scopes if one in IDENTITY_SCOPES and one in client.scopes),
        permissions=found.permissions,
        difference=found.difference,
        grade=max([client.grade, *(grades[name] for name in (*found.permissions, *exact))]),
        life=min(decision.life, timedelta(minutes=idp.settings.life.access_token_minutes)),
        dept=who.department,
        post=who.post_id,
        verdict=Verdict(question, decision, None),
        detail_types=tuple(one for one, permission in behind.items() if permission in exact),
    )


def _behind(configuration: Configuration, client: Client, audience: str, wanted: Sequence[str]) -> dict[str, str]:
    """Type → the permission behind it, for the types of this API that the client is registered for."""
    types = details.types_of(configuration, client) if wanted else {}
    return {one: types[one][1].permission for one in wanted if one in types and types[one][0].audience == audience}


def _machine(configuration: Configuration, client: Client) -> Who:
    departments = frozenset({client.department_id, *configuration.lineage(client.department_id)})
    return Who(client.id, None, client.department_id, departments, client.roles, client.grade, MACHINE_POST)


def has_identity(scopes: Sequence[str]) -> bool:
    """Whether an ID token goes with it. Spec: OIDC Core §3.1.2.1."""
    return OPENID in scopes


def _minute(now: datetime) -> datetime:
    """Rules see the time by the minute, so that what they answered can be kept for as long."""
    return now.replace(second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _standing(idp: Idp, subject_id: str, post_id: str, access_version: int, epoch: int, minute: int) -> Standing | None:
    """Roles begin and end by the minute; a change of roles or posts moves `access_version`, of departments `epoch`."""
    return idp.ports.truth.people.standing(subject_id, idp.ports.now(), post_id)

"""Several posts: what another one changes in which application, and the switch, which changes nothing that is open.

Grants carry the post that they were given in, so that an application follows when it asks again.
Deliberately not here: who gives posts; what a post may do, which is policy's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.errors import Forged
from idp.events import PostSwitched
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.decide import decide, on_our_pages
from idp.model import Client, Post, Standing, Text


@dataclass(frozen=True, slots=True)
class Change:
    """One application, in the post that is used (`opened`) and in another (`opens`). Permissions by their names."""

    client: Client
    opened: bool
    opens: bool
    gained: tuple[Text, ...]
    lost: tuple[Text, ...]


def held(idp: Idp, visit: Visit, me: SignedInAs) -> list[Standing]:
    """The posts in force now, the one that is used first."""
    people = idp.ports.truth.people
    found = [people.standing(me.subject.id, visit.now, one.id) for one in people.posts(me.subject.id)]
    live = [one for one in found if one is not None]
    return sorted(live, key=lambda one: (one.post.id != me.session.post_id, one.post.id))


def changes(idp: Idp, visit: Visit, me: SignedInAs, used: Standing, other: Standing) -> Sequence[Change]:
    """Applications in which the other post is not the same, by name."""
    found = []
    for client in idp.ports.truth.configuration().clients.values():
        if client.home_url is None or client.disabled:
            continue
        opened, before = _there(idp, visit, me, used, client)
        opens, after = _there(idp, visit, me, other, client)
        if (opened, before.keys()) != (opens, after.keys()):
            gained = tuple(after[name] for name in after if name not in before)
            lost = tuple(before[name] for name in before if name not in after)
            found.append(Change(client, opened, opens, gained, lost))
    return sorted(found, key=lambda one: one.client.name.en)


def _there(idp: Idp, visit: Visit, me: SignedInAs, standing: Standing, client: Client) -> tuple[bool, dict[str, Text]]:
    """Whether the application opens to this post, and what it may do there."""
    permissions = idp.ports.truth.configuration().permissions_of(client)
    verdict = decide(idp, standing, client, permissions, on_our_pages(visit, me.session, "sign-in"))
    if not verdict.opens:
        return False, {}
    return True, {one.name: permissions[one.name][1].name_text for one in verdict.decision.permissions}


def switch(idp: Idp, visit: Visit, me: SignedInAs, post_id: str) -> Post:
    """Work in another of one's own posts from now on. Raises Forged: it is none of theirs, or not in force."""
    chosen = next((one.post for one in held(idp, visit, me) if one.post.id == post_id), None)
    if chosen is None:
        raise Forged("not a post of this person")
    if chosen.id == me.session.post_id:
        return chosen
    with idp.ports.truth.begin() as tx:
        tx.people.set_default_post(me.subject.id, chosen.id)
        tx.sessions.renew(replace(me.session, post_id=chosen.id), me.session.id_hash)
        tx.record(
            PostSwitched(subject_id=me.subject.id, sid=me.session.sid, before=me.session.post_id, post_id=chosen.id)
        )
    return chosen

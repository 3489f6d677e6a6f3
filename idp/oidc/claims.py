"""What userinfo says of a person: the claims of the scopes that were granted, and nothing else.

Spec: OIDC Core §5.1, §5.4. Deliberately not here: roles, posts and clearance, which are for access tokens to APIs, and
`email_verified`, which no directory tells us.
"""

from collections.abc import Callable, Collection

from idp.model import Subject

OPENID = "openid"


def _profile(subject: Subject, language: str) -> dict[str, object]:
    name = subject.display_name
    told: dict[str, object] = {"name": name.in_language(language), "locale": language}
    if name.en != name.zh:  # both spellings, each in its language (OIDC Core §5.2)
        told |= {"name#en": name.en, "name#zh-Hans": name.zh}
    return told


def _email(subject: Subject, language: str) -> dict[str, object]:
    return {"email": subject.mail} if subject.mail else {}


SCOPES: dict[str, Callable[[Subject, str], dict[str, object]]] = {"profile": _profile, "email": _email}
"""Scopes that give claims about the person."""

IDENTITY_SCOPES = (OPENID, *SCOPES)
MEMBERS: dict[str, tuple[str, ...]] = {"profile": ("name", "locale"), "email": ("email",)}
"""Scope → the claims that it gives, without their language tags."""
CLAIMS = ("sub", *(name for names in MEMBERS.values() for name in names))
"""What may be asked for, as discovery says it."""


def scope_of(claim: str) -> str | None:
    """The scope that gives this claim; None for what we cannot say. A language tag makes no other claim of it.

    Spec: OIDC Core §5.2, §5.4.
    """
    bare = claim.partition("#")[0]
    return next((scope for scope, names in MEMBERS.items() if bare in names), None)


def named(subject: Subject, names: Collection[str], default_language: str) -> dict[str, object]:
    """Single claims, asked for by name; what we do not know of this person is left out. Spec: OIDC Core §5.5."""
    scopes = {scope_of(name) for name in names}
    known: dict[str, object] = {}
    for scope, claims_of in SCOPES.items():
        if scope in scopes:
            known |= claims_of(subject, subject.language or default_language)
    return {name: known[name] for name in names if name in known}


def userinfo(subject: Subject, scopes: Collection[str], default_language: str) -> dict[str, object]:
    """Spec: OIDC Core §5.3.2: `sub` is always there."""
    told: dict[str, object] = {"sub": subject.id}
    for scope, claims_of in SCOPES.items():
        if scope in scopes:
            told |= claims_of(subject, subject.language or default_language)
    return told

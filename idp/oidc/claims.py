"""What userinfo says of a person: the claims of the scopes that were granted, and nothing else.

Spec: OIDC Core §5.1, §5.1.1, §5.4. Deliberately not here: roles, posts and clearance, which are for access tokens to
APIs. What is only known of some people (`Subject.claims`) is told where it is known.
"""

from collections.abc import Callable, Collection

from idp.model import Subject

OPENID = "openid"


def _profile(subject: Subject, language: str) -> dict[str, object]:
    name = subject.display_name
    told: dict[str, object] = {"name": name.in_language(language), "locale": language}
    if name.en != name.zh:  # both spellings, each in its language (OIDC Core §5.2)
        told |= {"name#en": name.en, "name#zh-Hans": name.zh}
    return told | _known(subject, "profile")


def _email(subject: Subject, language: str) -> dict[str, object]:
    return {"email": subject.mail} | _known(subject, "email") if subject.mail else {}


def _phone(subject: Subject, language: str) -> dict[str, object]:
    return _known(subject, "phone")


def _address(subject: Subject, language: str) -> dict[str, object]:
    return _known(subject, "address")


SCOPES: dict[str, Callable[[Subject, str], dict[str, object]]] = {
    "profile": _profile,
    "email": _email,
    "phone": _phone,
    "address": _address,
}
"""Scopes that give claims about the person."""

IDENTITY_SCOPES = (OPENID, *SCOPES)
FURTHER: dict[str, tuple[str, ...]] = {
    "profile": (
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "updated_at",
    ),
    "email": ("email_verified",),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
"""Scope → what it gives of `Subject.claims`."""
MEMBERS: dict[str, tuple[str, ...]] = {
    "profile": ("name", "locale", *FURTHER["profile"]),
    "email": ("email", *FURTHER["email"]),
    "phone": FURTHER["phone"],
    "address": FURTHER["address"],
}
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


def _known(subject: Subject, scope: str) -> dict[str, object]:
    return {name: subject.claims[name] for name in FURTHER[scope] if name in subject.claims}

"""After how many wrong passwords a directory itself locks an account, read where its vendor keeps that number.

Spec: draft-behera-ldap-password-policy-11 §5.2.11, §5.2.12; MS-ADA1 §2.395 (lockoutThreshold).
Deliberately takes the smallest of several policies, and "none is known" where it may not be read: policies of single
people (fine-grained ones in Active Directory) are not looked for.
"""

from ldap3 import Connection

from adapters.connectors.ldap_entry import texts
from adapters.connectors.ldap_identity import domain_of
from adapters.connectors.ldap_search import search
from adapters.connectors.ldap_settings import LdapSettings


def lockout_threshold(settings: LdapSettings, connection: Connection) -> int | None:
    """The fewest wrong binds after which any policy there locks an account; None: none does, or none can be read.

    Raises:
        Unavailable: the place may not be read.
    """
    place = settings.vendor.lockout
    at = {"policies": settings.policies_base_dn, "domain": domain_of(settings.base_dn)}.get(place.base, place.base)
    if not at:
        return None
    wanted, single = [place.attribute, *place.switch[:1]], place.base != "policies"
    rows = map(texts, search(settings, connection, at, place.filter, wanted, at_base=single).entries)
    switch = dict([place.switch]) if place.switch else {}
    locking = [said for said in rows if all(value in said.get(name, ()) for name, value in switch.items())]
    counts = [int(count) for said in locking for count in said.get(place.attribute, ()) if count.isdecimal()]
    return min((count for count in counts if count > 0), default=None)

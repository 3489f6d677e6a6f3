"""What is true of each vendor's directories, as tables: a department names its vendor and may change any entry.

Spec: RFC 4530 (entryUUID), RFC 2307 (posixGroup), RFC 3062 (password modify), draft-behera-ldap-password-policy-11;
MS-ADTS §3.1.1.3.1.3 (ranges), §3.1.1.3.4.4.3 (rule in chain), §3.1.1.3.1.5 (unicodePwd), MS-DTYP §2.3.4 (GUID).
Deliberately holds no code: whoever reads a directory asks these tables, and never which vendor it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

GroupKind = Literal["groupOfNames", "group", "posixGroup", "memberOf"]
Nesting = Literal["none", "climb", "chain"]
IdForm = Literal["text", "guid"]
Sign = Literal["text", "bit", "filetime", "time"]
Means = Literal["wrong", "expired", "must_change", "disabled", "locked", "account_expired"]
Change = Literal["rfc3062", "unicodePwd"]
Marker = Literal["modifyTimestamp", "uSNChanged"]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which attribute says what. `identifiers` are those that a person may type.

    Attributes:
        stable_id_form: `guid`: 16 bytes, the first three fields little-endian; it is written as other UUIDs are.
        account_name: what the second half of `DOMAIN\\name` is; empty: nobody is called so.
    """

    stable_id: str = "entryUUID"
    stable_id_form: IdForm = "text"
    identifiers: tuple[str, ...] = ("uid", "mail")
    account_name: str = ""
    display_name: str = "cn"
    display_name_zh: str = ""
    mail: str = "mail"
    title: str = "title"
    posix_name: str = "uid"


@dataclass(frozen=True, slots=True)
class GroupScheme:
    """How the department writes down who is in which group; only groups under `base_dn` count.

    groupOfNames, group: groups of that class list members' names in `member`; posixGroup: groups list `memberUid`;
    memberOf: people carry the names of their groups.

    Attributes:
        nested: `climb`: groups of groups are looked up here, `depth` steps up at most; `chain`: the directory does it;
            `none`: they do not count.
        primary: the attribute of a person that names their primary group: `primaryGroupID` (the last part of the
            group's objectSid) or `gidNumber`; `none`: it does not count.
    """

    kind: GroupKind = "groupOfNames"
    base_dn: str = ""
    name: str = "cn"
    nested: Nesting = "none"
    depth: int = 8
    primary: str = "none"


@dataclass(frozen=True, slots=True)
class StateRule:
    """An attribute by which an account may not be used now, until an administrator says otherwise.

    `text`: it has one of `values`; `bit`: its number has that bit; `filetime`, `time`: the moment it tells is over.
    """

    attribute: str
    sign: Sign
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lockout:
    """Where the number of wrong passwords stands that locks an account.

    Attributes:
        base: `policies`: under `policies_base_dn`; `domain`: at the root of the domain; else a name.
        switch: (attribute, value) that says that it is in force; empty: it always is.
    """

    base: str
    filter: str
    attribute: str
    switch: tuple[str, str] | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor's directories.

    Attributes:
        changes_by: how a password is changed.
        range_step: ask for so many values of an attribute at once, as the directory hands out no more; 0: for all.
        states: who is disabled, whatever the department's own rule adds.
        sub_codes: what the hexadecimal `data` of a refused bind's message means.
        modified: which attribute grows with every change of an entry.
        marks: (attribute of the root entry, a part of its value) by which one is recognised.
    """

    name: str
    people_filter: str
    attributes: Attributes
    groups: GroupScheme
    changes_by: Change
    modified: Marker
    lockout: Lockout
    marks: tuple[tuple[str, str], ...]
    range_step: int = 0
    states: tuple[StateRule, ...] = ()
    sub_codes: Mapping[str, Means] = field(default_factory=dict)


OPENLDAP = Vendor(
    name="openldap",
    people_filter="(objectClass=inetOrgPerson)",
    attributes=Attributes(),
    groups=GroupScheme(nested="climb"),
    changes_by="rfc3062",
    modified="modifyTimestamp",
    lockout=Lockout("policies", "(objectClass=pwdPolicy)", "pwdMaxFailure", ("pwdLockout", "TRUE")),
    marks=(("structuralObjectClass", "OpenLDAProotDSE"), ("objectClass", "OpenLDAProotDSE")),
    states=(
        StateRule("pwdAccountLockedTime", "text", ("000001010000Z",)),  # for good, and not for guesses
        StateRule("pwdEndTime", "time"),
    ),
)

DS389 = Vendor(
    name="389ds",
    people_filter="(objectClass=inetOrgPerson)",
    attributes=Attributes(stable_id="nsUniqueId"),
    groups=GroupScheme(nested="climb"),
    changes_by="rfc3062",
    modified="modifyTimestamp",
    lockout=Lockout("cn=config", "(objectClass=*)", "passwordMaxFailure", ("passwordLockout", "on")),
    marks=(("vendorVersion", "389-Directory"), ("vendorName", "389 Project"), ("nsBackendSuffix", ":")),
    states=(StateRule("nsAccountLock", "text", ("true",)),),
)

AD = Vendor(
    name="ad",
    people_filter="(&(objectCategory=person)(objectClass=user))",
    attributes=Attributes(
        stable_id="objectGUID",
        stable_id_form="guid",
        identifiers=("userPrincipalName", "mail", "sAMAccountName"),
        account_name="sAMAccountName",
        display_name="displayName",
        posix_name="sAMAccountName",
    ),
    groups=GroupScheme("group", nested="chain", primary="primaryGroupID"),
    changes_by="unicodePwd",
    modified="uSNChanged",
    lockout=Lockout("domain", "(objectClass=domainDNS)", "lockoutThreshold"),
    marks=(("supportedCapabilities", "1.2.840.113556.1.4.800"), ("isGlobalCatalogReady", "")),
    range_step=1500,
    states=(StateRule("userAccountControl", "bit", ("2",)), StateRule("accountExpires", "filetime")),
    sub_codes={
        "52e": "wrong", "532": "expired", "533": "disabled", "701": "account_expired", "773": "must_change",
        "775": "locked",
    },
)  # fmt: skip

VENDORS: Mapping[str, Vendor] = {one.name: one for one in (OPENLDAP, DS389, AD)}


def recognised(root: Mapping[str, Sequence[str]]) -> str | None:
    """The vendor whose mark stands in a directory's root entry (RFC 4512 §5.1), by attribute names in lower case."""
    for one in VENDORS.values():
        if any(part in value for name, part in one.marks for value in root.get(name.lower(), ())):
            return one.name
    return None

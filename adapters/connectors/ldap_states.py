"""Whether an account may be used, and what a refused bind says of it: by the vendor's table, not by its name.

Spec: draft-behera-ldap-password-policy-11 §6; MS-ADTS §2.2.16 (userAccountControl), §5.1.1.2 (data in refused binds),
MS-ADA1 §2.3 (accountExpires).
Deliberately says of a password only what was told after it proved right; that an account is locked, or disabled, stays
in the log. A lock for guesses disables nobody: who guesses would end other people's sessions.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.connectors import ldap_ppolicy
from adapters.connectors.ldap_connection import AWAY, Away
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_vendors import StateRule
from idp.errors import ProofRejected, Unavailable
from idp.model import PasswordState

SUCCESS, INVALID_CREDENTIALS = 0, 49
# constraintViolation, noSuchObject, inappropriateAuthentication, invalidCredentials, insufficientAccessRights,
# unwillingToPerform
REFUSED_BINDS = {19, 32, 48, INVALID_CREDENTIALS, 50, 53}
_SUB_CODE = re.compile(r"\bdata ([0-9a-f]{2,8})\b")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = {0, 2**63 - 1}


def is_out_of_use(rules: Sequence[StateRule], values: Mapping[str, Sequence[str]], now: datetime) -> bool:
    """Whether any rule says that an administrator, or a date, has taken the account out of use."""
    return any(_holds(rule, value, now) for rule in rules for value in values.get(rule.attribute, ()))


def password_state(settings: LdapSettings, result: Mapping[str, Any]) -> PasswordState:
    """What the answer to a bind says of the password.

    Raises:
        ProofRejected: refused; why is in `detail`.
        Unavailable: no answer about the password at all.
    """
    control = (result.get("controls") or {}).get(ldap_ppolicy.OID) or {}
    told = ldap_ppolicy.decode(control.get("value") or b"")
    code, description = result["result"], f"{result['description']} {result['message']}".rstrip()
    if code == SUCCESS:
        return PasswordState(must_change=told.error == ldap_ppolicy.CHANGE_AFTER_RESET, grace_left=told.grace)
    if code == INVALID_CREDENTIALS and told.error == ldap_ppolicy.PASSWORD_EXPIRED:
        return PasswordState(expired=True)  # policies say this only after the password proved right
    means = _sub_code(settings, str(result["message"])) if code == INVALID_CREDENTIALS else None
    if means in ("expired", "must_change"):
        return PasswordState(expired=means == "expired", must_change=means == "must_change")  # likewise
    if code in REFUSED_BINDS:
        locked = means == "locked" or told.error == ldap_ppolicy.ACCOUNT_LOCKED
        why = " (locked by its policy)" if locked else f" ({means})" if means else ""
        raise ProofRejected(f"bind: {description}{why}")
    kind = Away if code in AWAY else Unavailable
    raise kind(settings.department, f"bind: the directory answered {description}; see its log")


def _sub_code(settings: LdapSettings, message: str) -> str | None:
    found = _SUB_CODE.search(message)
    return settings.vendor.sub_codes.get(found[1]) if found else None


def _holds(rule: StateRule, value: str, now: datetime) -> bool:
    if rule.sign == "text":
        return value.lower() in {one.lower() for one in rule.values}
    if rule.sign == "bit":
        return _number(value) is not None and any(int(value) & int(bit) for bit in rule.values)
    if rule.sign == "filetime":
        ticks = _number(value)
        elapsed = (now - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10
        return ticks is not None and ticks not in _NEVER and ticks <= elapsed
    return _is_past(value, now)


def _number(value: str) -> int | None:
    """Within 64 bits; anything else is no number of a directory."""
    return int(value) if re.fullmatch(r"-?[0-9]{1,19}", value) else None


def _is_past(value: str, now: datetime) -> bool:
    """A GeneralizedTime in UTC. Spec: RFC 4517 §3.3.13."""
    try:
        return datetime.strptime(value.partition(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=UTC) <= now
    except ValueError:
        return False

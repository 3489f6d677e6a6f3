"""Every table. What is personal or secret is a `LargeBinary` that only the master key opens; ids are random.

A table that keeps a noun of `idp.model` names its columns by the noun's fields; the fields that are personal lie
together in `sealed`, under the person's own key (`person_key`): without that row nobody can read them any more.
Each row that follows from another names it (session → post → person, grant → session, family → grant, …).

`migrations/` builds the same schema step by step; a test holds the two equal on SQLite and PostgreSQL.
"""

from adapters.sql.tables.access import (
    access_grant,
    consent,
    device,
    refresh_family,
    revocation,
    revoked_token,
    session,
)
from adapters.sql.tables.base import metadata
from adapters.sql.tables.directories import directory_reading, sync_run
from adapters.sql.tables.people import (
    administrator,
    authenticator,
    authenticator_model,
    delegation,
    enrolment_code,
    hardware_token,
    link,
    person,
    person_identifier,
    person_key,
    person_token,
    post,
    recovery_code,
    role_grant,
)
from adapters.sql.tables.records import (
    alert,
    audit_checkpoint,
    audit_event,
    audit_key,
    decision_record,
    feature_count,
    logout_delivery,
    notice,
    outbox,
    pending_change,
    sign_in,
)
from adapters.sql.tables.registry import (
    canary,
    client,
    department,
    epoch,
    initial_access_token,
    lease,
    resource,
    sharing_agreement,
    signing_key,
    store_epoch,
    trusted_issuer,
)

__all__ = [
    "access_grant",
    "administrator",
    "alert",
    "audit_checkpoint",
    "audit_event",
    "audit_key",
    "authenticator",
    "authenticator_model",
    "canary",
    "client",
    "consent",
    "decision_record",
    "delegation",
    "department",
    "device",
    "directory_reading",
    "enrolment_code",
    "epoch",
    "feature_count",
    "hardware_token",
    "initial_access_token",
    "lease",
    "link",
    "logout_delivery",
    "metadata",
    "notice",
    "outbox",
    "pending_change",
    "person",
    "person_identifier",
    "person_key",
    "person_token",
    "post",
    "recovery_code",
    "refresh_family",
    "resource",
    "revocation",
    "revoked_token",
    "role_grant",
    "session",
    "sharing_agreement",
    "sign_in",
    "signing_key",
    "store_epoch",
    "sync_run",
    "trusted_issuer",
]

"""The nouns. Plain frozen values: no behaviour that needs the world, no knowledge of how they are kept.

Everything derived says from what: a session, grant, family, authenticator and role grant each carry the ids of
what they came from, so that all that follows from one thing can be found and undone.
"""

from idp.model.applications import (
    Configuration,
    DetailField,
    DetailType,
    InitialAccessToken,
    Permission,
    Resource,
    SharingAgreement,
    SigningKey,
    TrustedIssuer,
)
from idp.model.assurance import AAL1, AAL2, AAL2_PHR, AAL3, ACR_ORDER, Authenticator, EnrolmentCode, FactorName, Proof
from idp.model.client import AuthMethod, Client, Jwk, Profile
from idp.model.grants import Code, Detail, Grant, RefreshFamily
from idp.model.people import (
    ADMINISTRATOR_ROLES,
    Department,
    Entry,
    Health,
    Level,
    Link,
    PasswordState,
    Post,
    PostKind,
    RoleGrant,
    Standing,
    Subject,
    Text,
)
from idp.model.records import Alert, DecisionRecord, LogoutDelivery, PendingChange
from idp.model.sign_in import AuthorizationRequest, Device, Interaction, Session, SignIn
from idp.model.slips import BackchannelRequest, DeviceRequest, PushedRequest, Slip, UserCode, Waiting

__all__ = [
    "AAL1",
    "AAL2",
    "AAL2_PHR",
    "AAL3",
    "ACR_ORDER",
    "ADMINISTRATOR_ROLES",
    "Alert",
    "AuthMethod",
    "Authenticator",
    "AuthorizationRequest",
    "BackchannelRequest",
    "Client",
    "Code",
    "Configuration",
    "DecisionRecord",
    "Department",
    "Detail",
    "DetailField",
    "DetailType",
    "Device",
    "DeviceRequest",
    "EnrolmentCode",
    "Entry",
    "FactorName",
    "Grant",
    "Health",
    "InitialAccessToken",
    "Interaction",
    "Jwk",
    "Level",
    "Link",
    "LogoutDelivery",
    "PasswordState",
    "PendingChange",
    "Permission",
    "Post",
    "PostKind",
    "Profile",
    "Proof",
    "PushedRequest",
    "RefreshFamily",
    "Resource",
    "RoleGrant",
    "Session",
    "SharingAgreement",
    "SignIn",
    "SigningKey",
    "Slip",
    "Standing",
    "Subject",
    "Text",
    "TrustedIssuer",
    "UserCode",
    "Waiting",
]

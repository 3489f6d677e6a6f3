"""Every setting: default, unit, meaning. Plain values; `config.load` reads them, nothing here touches the world."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config.authenticators import Authenticators, Enrolment, Passkeys, Totp
from config.desk import Desk
from config.directories import Directories
from config.moved import Moved
from config.sync import Sync
from config.table import Address, Cidr, Table


class Server(Table):
    """How the server listens and what it believes of those in front of it."""

    issuer: str = Field("", description="The issuer identifier: the https address that people and applications use.")
    service_name_en: str = Field("National Identity Service", description="The name at the head of each page.")
    service_name_zh: str = Field("国家统一身份服务", description="The same in Chinese.")
    listen: str = Field(
        "127.0.0.1:8000", description="`host:port`, or `unix:/path` to be reached by a proxy on this machine only."
    )
    workers: int = Field(0, ge=0, description="Processes; 0 is one for each core.")
    threads: int = Field(
        256, ge=64, description="Threads in each process, made when needed; bodies on their way wait in what is spare."
    )
    admission: int = Field(
        48,
        ge=1,
        description="Requests of people worked on at once in each process, a third as many of machines; else 503.",
    )
    trusted_proxies: tuple[str, ...] | None = Field(
        None, description="CIDRs, or `unix`, whose X-Forwarded-For is believed. An empty list trusts nobody."
    )
    extra_hosts: tuple[str, ...] = Field((), description="Host names that are answered besides the issuer's.")
    client_certificate_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z][A-Za-z0-9-]*$",
        description="Header in which a trusted proxy hands over an application's TLS certificate. The proxy must set "
        "or remove it on every request, and drop header names with underscores; from anybody else it is refused.",
    )
    client_certificate_format: Literal["rfc9440", "nginx-escaped-pem"] = Field(
        "rfc9440", description="How it stands there: `:base64 of DER:`, or nginx's `$ssl_client_escaped_cert`."
    )
    client_certificate_verified_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z][A-Za-z0-9-]*$",
        description="Header in which the proxy says `SUCCESS` for a chain that it verified (`$ssl_client_verify`). "
        "Without it `tls_client_auth` is refused; certificates are good for self-signed clients and binding alone.",
    )
    mtls_endpoint: str | None = Field(
        None,
        pattern=r"^https://[^/?#\s]+$",
        description="Address at which the proxy asks for certificates, told in `mtls_endpoint_aliases`.",
    )
    dpop_nonces: bool = Field(
        False, description="Every DPoP proof must carry our nonce; those of `fapi2` applications always must."
    )
    default_language: Literal["en", "zh-CN"] = Field("en", description="When a browser asks for neither.")
    time_zone: str = Field("Asia/Shanghai", description="IANA name: how times are shown and what an unusual hour is.")


class Stores(Table):
    """Where state lives."""

    database: str = Field(
        "sqlite:///var/gerege.sqlite", description="SQLAlchemy URL: sqlite:///file, or postgresql+psycopg://…"
    )
    brief: str = Field(
        "embedded",
        description="`embedded` starts Valkey here; else redis://, rediss://, unix://, sentinel://, cluster://…",
    )
    state_dir: Path = Field(Path("var"), description="Folder of the embedded stores and caches.")


class Keys(Table):
    """What seals everything else."""

    master_key_file: Path = Field(
        Path("var/master.key"), description="256 random bits, mode 0600. Without it nothing that is sealed can be read."
    )
    old_master_key_files: tuple[Path, ...] = Field((), description="Earlier master keys that may still open.")
    checkpoint_file: Path = Field(
        Path("var/audit.checkpoint"), description="The last audit checkpoint, kept outside the database."
    )
    signing_overlap_hours: int = Field(24, ge=1, description="Hours that a retired signing key stays published.")
    rotation_days: int = Field(90, ge=0, description="Days that a signing key signs; 0: until somebody rotates it.")
    pkcs11_module: Path | None = Field(
        None, description="Library of a hardware token that makes and keeps the signing keys (PKCS#11)."
    )
    pkcs11_token: str = Field("gerege", description="Label of the token.")
    pkcs11_pin_file: Path | None = Field(None, description="File, mode 0600, that holds the token's PIN.")


class Life(Table):
    """How long things live. Spec: NIST SP 800-63B-4 §2."""

    interaction_minutes: int = Field(30, ge=1, description="A sign-in under way.")
    code_seconds: int = Field(60, ge=5, le=600, description="An authorization code.")
    pushed_request_seconds: int = Field(60, ge=5, le=90, description="A pushed authorization request, until opened.")
    id_token_minutes: int = Field(10, ge=1, description="An ID token.")
    access_token_minutes: int = Field(60, ge=1, le=60, description="An access token at grade 1; policy shortens it.")
    refresh_days: int = Field(30, ge=1, description="A refresh family from its first token.")
    refresh_idle_days: int = Field(7, ge=1, description="A refresh family that is not used.")
    session_hours: tuple[int, int, int] = Field((24, 24, 12), description="A session at AAL1, AAL2, AAL3, at most.")
    session_idle_minutes: tuple[int, int, int] = Field((720, 60, 15), description="The same without a request.")
    device_code_minutes: int = Field(10, ge=1, le=30, description="A device's wait for its person (RFC 8628).")
    backchannel_minutes: int = Field(
        5, ge=1, le=60, description="A back-channel request's wait, where the application says nothing (CIBA)."
    )
    enrolment_code_hours: int = Field(72, ge=1, description="A one-time enrolment code.")
    grace_hours: int = Field(
        12, ge=0, description="How old the last reading of a directory may be for a passkey sign-in while it is down."
    )


class Guessing(Table):
    """How many wrong proofs are heard. All binds of one account together stay below the directory's own limit."""

    stranger_burst: int = Field(3, ge=1, description="Wrong passwords for one account from devices it does not know.")
    known_burst: int = Field(3, ge=1, description="Wrong passwords for one account from devices that it knows.")
    window_minutes: int = Field(15, ge=1, description="After which the whole budget is back.")
    stranger_daily_burst: int = Field(
        10, ge=1, description="Wrong passwords from strangers, after which one a day is heard for one account."
    )
    spray_accounts: int = Field(
        10, ge=2, description="Accounts at which one and the same wrong password is tried within an hour: an alert."
    )
    network_burst: int = Field(30, ge=1, description="Wrong proofs from one network, whoever they were for.")
    factor_burst: int = Field(5, ge=1, description="Wrong codes for one authenticator.")
    interactions_per_network: int = Field(2000, ge=10, description="Sign-ins under way from one network.")


class Passwords(Table):
    """What passwords kept here must not be. Their rules are of each department (`[password]` in its file)."""

    breached_file: Path | None = Field(
        None, description="Filter of breached passwords, made by `gerege password filter build`."
    )
    blocked_file: Path | None = Field(
        None, description="Passwords that nobody may choose, one a line: names of projects, of buildings, of the house."
    )


class Risk(Table):
    """What the risk score needs to know."""

    zones: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description='Named networks: `office = ["10.0.0.0/8"]`.'
    )
    country_database: Path | None = Field(
        None, description="MaxMind-shaped country or city file; unset is the bundled."
    )
    asn_database: Path | None = Field(None, description="MaxMind-shaped ASN file.")
    private_country: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="Country of private addresses and loopback; unset is unknown."
    )
    elevated: float = Field(0.5, ge=0, le=1, description="Score from which the band is elevated.")
    high: float = Field(0.9, ge=0, le=1, description="Score from which the band is high.")


class Certificates(Table):
    """People's smart cards, whose certificates a trusted proxy hands over (`server.client_certificate_header`)."""

    ca_file: Path | None = Field(
        None, description="PEM of the authorities whose certificates are believed, and those between. Unset: no cards."
    )
    mtls_url: str | None = Field(
        None,
        pattern=r"^https://[^/?#\s]+$",
        description="Address at which the proxy asks people for certificates; unset is the issuer's own.",
    )
    crl_urls: tuple[str, ...] = Field((), description="Where revocation lists are fetched; they pass `[outgoing]`.")
    crl_files: tuple[Path, ...] = Field((), description="Revocation lists (DER or PEM) that somebody else renews here.")
    crl_minutes: int = Field(60, ge=1, description="Minutes after which lists are read again.")
    crl_grace_hours: int = Field(
        0, ge=0, description="Hours that a list is believed after its next one was due; then no card is accepted."
    )
    crl_required: bool = Field(
        True, description="False: an authority of which there is no list is believed without (a closed test room)."
    )
    ekus: tuple[str, ...] = Field(
        ("1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2"),
        description="Purposes (object identifiers) of which a card's certificate must have one: client authentication "
        "and smart card logon.",
    )
    assurance: Literal["aal2-phr", "aal3"] = Field(
        "aal2-phr", description="`aal3` says: these authorities certify only keys in hardware that asks for a PIN."
    )
    mapping: dict[str, Literal["san-email", "san-upn", "subject-cn", "subject-serial-number"]] = Field(
        default_factory=dict,
        description='For each department, which name of the certificate its people sign in by: `mof = "san-email"`.',
    )


class AllowedCall(Table):
    """Somebody inside who may be called. Every part that is given must hold; `host` or `cidr` must be given."""

    host: str | None = Field(None, description="The name in the address, as it stands there.")
    port: int | None = Field(None, ge=1, le=65535, description="Unset is any.")
    cidr: Cidr | None = Field(None, description="Where the name leads; unset is any address but link-local ones.")
    http: bool = Field(False, description="Plain http too.")
    ca_file: Path | None = Field(None, description="Certificates that are trusted there instead of the system's.")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.host is None and self.cidr is None:
            raise ValueError("an entry needs host or cidr")
        return self


class Outgoing(Table):
    """Calls that we make: https to public addresses, and what is listed here."""

    allowed: tuple[AllowedCall, ...] = Field(
        (),
        description="Applications inside, each `[[outgoing.allowed]]` with `host`, `port`, `cidr` (every part that is "
        "given must hold), `http = true` (plain http too) and `ca_file` (trusted there instead of the system's).",
    )
    timeout_seconds: float = Field(5.0, gt=0, description="For one call, from resolving its name to its last octet.")
    resolve: dict[str, Address] = Field(default_factory=dict, description="Names that the resolver does not know.")


class Mail(Table):
    """Who takes our mails. Without a server production sends none, and a demonstration writes them to `var/mail`."""

    server: str = Field("", description="Host name of the SMTP server; empty is none.")
    port: int = Field(587, ge=1, le=65535, description="587 for `starttls`, 465 for `tls`.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Always verified; `none` only to a server on this machine."
    )
    ca_file: Path | None = Field(None, description="Certificates that are trusted instead of the system's.")
    sender: str = Field("", description="Address that mails come from.")
    user: str = Field("", description="Name to sign in with; empty is without.")
    password_file: Path | None = Field(None, description="File, mode 0600, that holds its password.")
    timeout_seconds: float = Field(10.0, gt=0, description="For one try.")


class Retention(Table):
    """How long what is kept about people is kept. The audit log is never shortened; it holds no personal value."""

    sign_in_days: int = Field(180, ge=30, description="A person's sign-ins, tried and done; risk learns from them.")
    decision_days: int = Field(180, ge=30, description="Decisions with their reasons, as the why page shows them.")
    letter_days: int = Field(180, ge=30, description="Letters that told a person of a change.")
    sync_days: int = Field(180, ge=30, description="Rounds of reading directories; each one's newest always stays.")


class Devices(Table):
    """Browsers: which are trusted for how long, which are remembered, which are shared."""

    trusted_hours: tuple[int, int, int, int] = Field(
        (24, 12, 8, 0),
        description="Hours for which a person may choose not to be asked for the second factor again at a device, by "
        "the application's data grade 1 to 4; 0: never. The label `no-trusted-device` forbids it for one application.",
    )
    trusted_hours_without_key: int = Field(
        4, ge=0, description="The same at most, where the browser keeps no key, so that a cookie is all that is shown."
    )
    welcome_back: bool = Field(
        True, description="The first page names who signed in on this device lately, to whoever has the browser."
    )
    remembered_days: int = Field(90, ge=1, description="Days for which it does.")
    shared_zones: tuple[str, ...] = Field(
        (), description="Network zones of shared computers (service counters): nothing is trusted or remembered there."
    )
    shared_idle_minutes: int = Field(5, ge=1, description="A session at a shared computer without a request.")


class Settings(Table):
    """All of it."""

    mode: Literal["production", "demonstration"] = Field(
        "production", description="Demonstration allows what production refuses: http on loopback, printed codes, …"
    )
    server: Server = Server()
    stores: Stores = Stores()
    keys: Keys = Keys()
    life: Life = Life()
    guessing: Guessing = Guessing()
    enrolment: Enrolment = Enrolment()
    passwords: Passwords = Passwords()
    risk: Risk = Risk()
    totp: Totp = Totp()
    certificates: Certificates = Certificates()
    outgoing: Outgoing = Outgoing()
    directories: Directories = Directories()
    mail: Mail = Mail()
    devices: Devices = Devices()
    retention: Retention = Retention()
    sync: Sync = Sync()
    desk: Desk = Desk()
    moved: Moved = Moved()
    passkeys: Passkeys = Passkeys()
    authenticators: Authenticators = Authenticators()
    departments_dir: Path | None = Field(None, description="Folder of one TOML file for each department.")
    policies_dir: Path | None = Field(None, description="Folder of policies; unset is the one that is shipped.")

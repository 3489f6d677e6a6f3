"""A directory in Python for machines where slapd cannot be had: the same LDIF, over LDAPS, through a kept library.

Spec: RFC 4511 §4.2 (bind), §4.5 (search), §4.6 (modify), as far as ldaptor goes. No StartTLS, no paging,
no password policy: for the demonstration alone. Closer than ldaptor's own server: nothing is read before a bind, only
`cn=admin` changes anything, and a password's hash is never sent.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from ldaptor import interfaces
from ldaptor.inmemory import fromLDIFFile
from ldaptor.protocols import pureldap
from ldaptor.protocols.ldap import ldaperrors
from ldaptor.protocols.ldap.distinguishedname import DistinguishedName
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet import defer, reactor, ssl
from twisted.internet.protocol import ServerFactory
from twisted.python import components

HIDDEN = {b"userpassword"}


class ClosedServer(LDAPServer):  # type: ignore[misc]  # untyped; it calls handlers by these names
    """ldaptor's server with access rules: admin changes, the reader reads, anybody binds."""

    factory: "Directory"

    def handle_LDAPBindRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Bind; `cn=admin` has its password in a file, others in their entry. Spec: RFC 4511 §4.2, RFC 4513 §5.1."""
        self.boundUser: Any = None
        self.is_admin = False
        if not request.dn or not request.auth:
            raise ldaperrors.LDAPUnwillingToPerform(b"anonymous and unauthenticated binds are refused")
        if DistinguishedName(request.dn) == self.factory.admin_dn:
            if request.auth != self.factory.admin_password():
                raise ldaperrors.LDAPInvalidCredentials()
            self.is_admin = True
            return pureldap.LDAPBindResponse(resultCode=0)
        return super().handle_LDAPBindRequest(request, None, reply)

    def handle_LDAPSearchRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Search, for the reader and the admin. Spec: RFC 4511 §4.5."""
        if not self._may_read():
            raise ldaperrors.LDAPInsufficientAccessRights()

        def shown(message: Any) -> None:
            if isinstance(message, pureldap.LDAPSearchResultEntry):
                message.attributes = [pair for pair in message.attributes if _name(pair[0]) not in HIDDEN]
            reply(message)

        return super().handle_LDAPSearchRequest(request, None, shown)

    def handle_LDAPModifyRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Change an entry, for the admin; kept in the LDIF. Spec: RFC 4511 §4.6."""
        self._require_admin()
        return defer.maybeDeferred(super().handle_LDAPModifyRequest, request, None, reply).addCallback(self._keep)

    def handle_LDAPAddRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Add an entry, for the admin. Spec: RFC 4511 §4.7."""
        self._require_admin()
        return defer.maybeDeferred(super().handle_LDAPAddRequest, request, None, reply).addCallback(self._keep)

    def handle_LDAPDelRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Delete an entry, for the admin. Spec: RFC 4511 §4.8."""
        self._require_admin()
        return defer.maybeDeferred(super().handle_LDAPDelRequest, request, None, reply).addCallback(self._keep)

    def handle_LDAPModifyDNRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Nobody renames."""
        raise ldaperrors.LDAPUnwillingToPerform()

    def handle_LDAPCompareRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Nobody compares: it would be a way to test a hash."""
        raise ldaperrors.LDAPUnwillingToPerform()

    def handle_LDAPExtendedRequest(self, request: Any, controls: Any, reply: Any) -> Any:  # noqa: N802
        """Nobody extends: ldaptor's would change passwords."""
        raise ldaperrors.LDAPProtocolError(b"not supported")

    is_admin = False

    def _may_read(self) -> bool:
        return self.is_admin or (self.boundUser is not None and self.boundUser.dn == self.factory.reader_dn)

    def _require_admin(self) -> None:
        if not self.is_admin:
            raise ldaperrors.LDAPInsufficientAccessRights()

    def _keep(self, answer: Any) -> Any:
        return self.factory.keep().addCallback(lambda _: answer)


class Directory(ServerFactory):
    """All entries in memory, and the file that keeps them."""

    protocol = ClosedServer

    def __init__(self, root: Any, ldif: Path, suffix: str, reader_dn: str, admin_password_file: Path) -> None:
        self.root, self._ldif, self._admin_password_file = root, ldif, admin_password_file
        self.reader_dn = DistinguishedName(reader_dn)
        self.admin_dn = DistinguishedName(f"cn=admin,{suffix}")

    def admin_password(self) -> bytes:
        """Who may change everything."""
        return self._admin_password_file.read_bytes()

    def keep(self) -> Any:
        """Write all entries back, whole or not at all. Returns a Deferred."""

        def write(entries: Any) -> None:
            draft = self._ldif.with_suffix(".new")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(b"".join(entry.toWire() for entry in entries))
            draft.replace(self._ldif)

        return self.root.subtree().addCallback(write)


components.registerAdapter(lambda factory: factory.root, Directory, interfaces.IConnectedLDAPEntry)  # type: ignore[no-untyped-call]


def _name(attribute: Any) -> bytes:
    return (attribute if isinstance(attribute, bytes) else str(attribute).encode()).lower()


def main() -> None:
    """Serve one LDIF until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ldif", "admin-password-file", "certificate", "key"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--suffix", required=True)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--port", type=int, required=True)
    words = parser.parse_args()
    context = ssl.DefaultOpenSSLContextFactory(str(words.key), str(words.certificate))  # type: ignore[no-untyped-call]

    def serve(root: Any) -> None:
        directory = Directory(root, words.ldif, words.suffix, words.reader, words.admin_password_file)
        reactor.listenSSL(words.port, directory, context, interface="127.0.0.1")

    with words.ldif.open("rb") as file:
        fromLDIFFile(file).addCallback(serve).addErrback(_give_up)
    reactor.run()  # type: ignore[misc]  # a module that twisted puts in place at run time


def _give_up(failure: Any) -> None:
    failure.printTraceback()
    os._exit(1)  # the reactor is not running yet, or would wait for ever with nothing to serve


if __name__ == "__main__":
    main()

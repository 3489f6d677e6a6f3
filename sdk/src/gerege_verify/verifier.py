"""The one question that an API asks: is this access token good, for us, for this, now?

Signature and claims are proved at first sight and the result is kept by the token's hash, so that the second sight
costs one SHA-256. What depends on the moment or on the question (time, audience, revocation, scope, assurance) is asked
every time.

Spec: RFC 9068 §4, RFC 8725 §3, RFC 9470 §5. Deliberately not here: introspection, opaque tokens, DPoP proofs.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from . import jws
from .bounded import Bounded
from .errors import InvalidToken
from .fetch import get_json
from .keys import Fetch, IssuerKeys
from .token import ACR_ORDER, Token, read_scope, read_token, require_times

LEEWAY = timedelta(seconds=30)
ACCESS_TOKEN_TYPE = "at+jwt"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _never(token: Token) -> bool:
    return False


class Verifier:
    """Verifies the tokens of one issuer; make one for each process and share it among threads.

    Args:
        issuer: exactly as the issuer writes itself in `iss`. https, or http on loopback.
        jwks_url: where the keys are; found by discovery when not given.
        leeway: how far the clocks may be apart.
        clock: the time, aware; for tests.
        fetch: (address) -> parsed JSON, raises IssuerUnavailable; for tests and special networks.
        revoked: whether an accepted token was taken back; asked at every use. A `RevocationFeed`, or your own.
        acr_order: assurance levels, weakest first.
        remembered: how many accepted tokens are kept; 0 keeps none.
    Raises:
        ValueError: an address that may not be asked.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks_url: str | None = None,
        leeway: timedelta = LEEWAY,
        clock: Callable[[], datetime] = _utc_now,
        fetch: Fetch = get_json,
        revoked: Callable[[Token], bool] = _never,
        acr_order: tuple[str, ...] = ACR_ORDER,
        remembered: int = 4096,
    ) -> None:
        self.issuer = issuer
        self.keys = IssuerKeys(issuer, fetch=fetch, clock=clock, jwks_url=jwks_url)
        self.revoked = revoked
        self.acr_order = acr_order
        self.leeway = leeway
        self.clock = clock
        self._leeway_seconds = leeway.total_seconds()
        self._remembered = remembered
        self._seen = _Seen(0, remembered)

    def verify(
        self,
        token: str,
        *,
        audience: str,
        scope: str | Iterable[str] = (),
        acr: str | None = None,
        max_age: timedelta | None = None,
    ) -> Token:
        """Prove that an access token is good for this API and this request.

        Args:
            token: as it came after `Bearer `.
            audience: our own identifier; the token's `aud` must hold it to the letter.
            scope: permissions, all of which are needed.
            acr: the least assurance level; one of `acr_order`.
            max_age: how long ago the person may have signed in.
        Raises:
            InvalidToken, ExpiredToken: not a good token.
            InsufficientScope: good, but it may not do this. Told first: a stronger sign-in would not help.
            InsufficientUserAuthentication: good, but the person must prove more, or again.
            IssuerUnavailable: no keys to decide with.
            ValueError: `acr` is not a known level, a mistake of the program.
        Spec: RFC 9068 §4, RFC 9470 §5.
        """
        if acr is not None and acr not in self.acr_order:
            raise ValueError(f"{acr!r} is not among {self.acr_order}")
        now = self.clock()
        accepted = self._accept(token, now.timestamp())
        accepted.require_audience(audience)
        if self.revoked(accepted):
            raise InvalidToken("revoked")
        accepted.require_scope(read_scope(scope))
        accepted.require_authentication(acr, max_age, now=now, leeway=self.leeway, order=self.acr_order)
        return accepted

    def proved(self, token: str, typ: str, now: float) -> jws.Compact:
        """Prove that the issuer signed this token as a token of this type, and nothing more.

        Args:
            typ: lower case, without `application/`.
            now: seconds since the epoch.
        Raises:
            InvalidToken, IssuerUnavailable.
        Spec: RFC 7515 §5.2; RFC 8725 §3.11, explicit typing: an ID token is never an access token.
        """
        return self._proved(token, typ, self._current(now))

    def _proved(self, token: str, typ: str, seen: "_Seen") -> jws.Compact:
        compact = jws.split(token)
        known = seen.headers.get(compact.header)
        header, key = known or self._key(compact.header)
        if header.typ != typ:
            raise InvalidToken(f"typ {header.typ}")
        jws.prove(key, compact)
        if known is None:  # only after the proof: strangers cannot fill this
            seen.headers.put(compact.header, (header, key))
        return compact

    def _accept(self, token: str, now: float) -> Token:
        seen = self._current(now)
        known_as = sha256(str(token).encode("utf-8", "surrogatepass")).digest()
        accepted = seen.tokens.get(known_as)
        if accepted is not None:
            require_times(accepted.claims, now, self._leeway_seconds)
            return accepted
        compact = self._proved(token, ACCESS_TOKEN_TYPE, seen)
        accepted = read_token(jws.read_claims(compact.payload), self.issuer)
        require_times(accepted.claims, now, self._leeway_seconds)
        seen.tokens.put(known_as, accepted)
        return accepted

    def _key(self, header_part: str) -> tuple[jws.Header, jws.Key]:
        header = jws.read_header(header_part)
        return header, self.keys.find(header.kid, header.alg)

    def _current(self, now: float) -> "_Seen":
        """What was seen under the issuer's present keys: when they change, everything is proved again."""
        self.keys.renew(now)
        generation = self.keys.generation
        if self._seen.generation != generation:
            self._seen = _Seen(generation, self._remembered)
        return self._seen


class _Seen:
    """Accepted tokens by hash, and believed headers. Whoever still writes into a replaced one writes into nothing."""

    def __init__(self, generation: int, remembered: int) -> None:
        self.generation = generation
        self.tokens: Bounded[bytes, Token] = Bounded(remembered)
        self.headers: Bounded[str, tuple[jws.Header, jws.Key]] = Bounded(64)

"""What others sign for us and what is encrypted for them: keys, signatures and envelopes of JOSE, strictly read.

    base64url.py  octets as text, one spelling each       parse.py  JSON from strangers: no member twice, not deep
    jwk.py        a public key                            jws.py    a compact signature, proved
    jwe.py        a compact envelope, made

Everything here is hostile until it is proved, so that each refusal is a `JoseError` and nothing else is ever raised.
Spec: RFC 7515, 7516, 7517, 7518, 7638, 8037, 8725. Deliberately not here: our own keys (`idp.oidc.signing`), where a
client's keys come from, and what claims must say.
"""


class JoseError(ValueError):
    """A token or a key that is not believed. The words are for the log: a stranger hears nothing of them."""


class UnknownKey(JoseError):
    """No key at hand has that `kid` and fits: a key set that may have moved on can be fetched again."""

// Answers that are signed as each client wants them and sealed for it, read by `openid-client`.
// Spec: OpenID Connect Core 1.0 §3.1.3.7, §5.3.2, §8.1, §10.2; JARM §2.2, §2.3; RFC 7515, RFC 7516.

import { readFile } from "node:fs/promises";
import { decodeProtectedHeader } from "jose";
import * as oidc from "openid-client";
import { hear, refusal, tell, visit } from "./talk.mjs";

const { issuer, secret, clients } = await hear();
const decrypting = { RSA: { name: "RSA-OAEP", hash: "SHA-256" }, EC: { name: "ECDH", namedCurve: "P-256" } };

async function opened(config, name) {
  const jwk = JSON.parse(await readFile(`${name}.private.jwk`, "utf8"));
  const uses = jwk.kty === "RSA" ? ["decrypt"] : ["deriveBits"];
  const key = await crypto.subtle.importKey("jwk", { ...jwk, key_ops: uses, use: undefined }, decrypting[jwk.kty], false, uses);
  oidc.enableDecryptingResponses(config, undefined, { key, kid: jwk.kid });
}

async function known(id, metadata) {
  const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks];
  const config = await oidc.discovery(new URL(issuer), id, metadata, oidc.ClientSecretBasic(secret), { execute });
  if (metadata.sealed) await opened(config, metadata.sealed);
  if (metadata.authorization_signed_response_alg) oidc.useJwtResponseMode(config);
  return config;
}

/** One sign-in. Returns what the client learnt and how the answers came. */
async function signIn(id, metadata) {
  const config = await known(id, metadata);
  const redirect_uri = `http://sealed.localhost:8009/${id}`;
  const kept = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() };
  const code_challenge = await oidc.calculatePKCECodeChallenge(kept.pkceCodeVerifier);
  const asked = { redirect_uri, scope: "openid profile", code_challenge, code_challenge_method: "S256" };
  const back = await visit(oidc.buildAuthorizationUrl(config, { ...asked, state: kept.expectedState }));
  const tokens = await oidc.authorizationCodeGrant(config, new URL(back), kept);
  const { sub } = tokens.claims();
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  const raw = await fetch(config.serverMetadata().userinfo_endpoint, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const body = await raw.text();
  const kind = raw.headers.get("content-type").split(";")[0];
  return {
    answered: [...new URL(back).searchParams.keys()],
    claims: tokens.claims(),
    sealed: oidc.getDecryptedResponses(tokens) !== undefined,
    header: decodeProtectedHeader(tokens.id_token),
    userinfo,
    kind,
    userinfoHeader: kind === "application/jwt" ? decodeProtectedHeader(body) : null,
    wrongKey: metadata.sealed
      ? await refusal(async () => {
          const blind = await known(id, { ...metadata, sealed: undefined });
          await oidc.fetchUserInfo(blind, tokens.access_token, sub);
        })
      : null,
  };
}

const found = {};
for (const [id, metadata] of Object.entries(clients)) found[id] = await signIn(id, metadata);
tell(found);

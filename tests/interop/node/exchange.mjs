// Token exchange and the assertion of another issuer by `openid-client`, with the module that docs/howto/exchange-tokens.md
// writes (howto.mjs). Spec: RFC 8693 §2, §4.1; RFC 7523 §2.1, §3; RFC 9701 §5; RFC 7009.

import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { cases, onward, report, vouch } from "./howto.mjs";
import { hear, refusal, tell, visit } from "./talk.mjs";

const { desk: secret, cases: ours } = await hear();
const loopback = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] };
const issuer = new URL(cases.serverMetadata().issuer);
const desk = await oidc.discovery(issuer, "desk", undefined, oidc.ClientSecretBasic(secret), loopback);
const redirect_uri = "http://desk.localhost:8009/callback";
const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
const code_challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
const asked = { redirect_uri, scope: "openid cases.read", code_challenge, code_challenge_method: "S256" };
const back = await visit(oidc.buildAuthorizationUrl(desk, asked));
const came = await oidc.authorizationCodeGrant(desk, new URL(back), { pkceCodeVerifier });

const next = await onward(came.access_token);
const narrow = { introspection_signed_response_alg: "ES256" };
const asJwt = await oidc.discovery(issuer, "cases", narrow, oidc.ClientSecretBasic(ours), loopback);
const introspected = await oidc.tokenIntrospection(asJwt, next.access_token);
const refused = {
  wider: await refusal(() => onward(came.access_token, { scope: "archive.read archive.write" })),
  elsewhere: await refusal(() => onward(came.access_token, { resource: "urn:example:payroll" })),
  further: await refusal(() => onward(next.access_token)),
  another: await refusal(() => oidc.genericGrantRequest(desk, "urn:ietf:params:oauth:grant-type:token-exchange", {})),
};

const assertion = await vouch("staff-17");
const reported = await report(assertion);
const twice = await refusal(() => report(assertion));
const unknown = await refusal(async () => report(await vouch("staff-18")));

await oidc.tokenRevocation(desk, came.refresh_token); // the family, and what was exchanged of it
tell({
  came: decodeJwt(came.access_token),
  next: { ...next, said: decodeJwt(next.access_token) },
  introspected,
  refused,
  reported: { ...reported, said: decodeJwt(reported.access_token) },
  twice,
  unknown,
  afterwards: await oidc.tokenIntrospection(asJwt, next.access_token),
  ended: await refusal(() => onward(came.access_token)),
});

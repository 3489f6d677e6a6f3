// A program's own token and a person's sign-in by `oauth4webapi`, with the module that docs/howto/oauth4webapi.md writes
// (howto.mjs). Spec: RFC 6749 §4.4, OpenID Connect Core 1.0, RFC 7636, RFC 9068, RFC 9207.

import * as oauth from "./loopback.mjs";
import { begin, finish, ownToken, person, server } from "./howto.mjs";
import { refusal, tell, visit } from "./talk.mjs";

const own = await ownToken();
// As its API would: the library's own check of RFC 9068, by the published keys.
const request = new Request("https://plans.example/import", { headers: { authorization: `Bearer ${own.access_token}` } });
const machine = await oauth.validateJwtAccessToken(server, request, "urn:example:plans");
const otherApi = await refusal(() => oauth.validateJwtAccessToken(server, request, "urn:example:docs"));

const { url, kept } = await begin();
const back = await visit(url);
const mixedUp = await refusal(() => finish(back.replace(encodeURIComponent(server.issuer), "https://evil.example"), kept));
const tokens = await finish(back, kept);
const claims = oauth.getValidatedIdTokenClaims(tokens);
tell({ machine, otherApi, mixedUp, claims, userinfo: await person(tokens), twice: await refusal(() => finish(back, kept)) });

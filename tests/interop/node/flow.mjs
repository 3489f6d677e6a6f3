// One whole conversation of `openid-client` with an identity provider, by the module that docs/howto/openid-client.md
// writes (howto.mjs). Spec: OpenID Connect Core 1.0, RFC 7636, RFC 9207, RFC 7662, RFC 7009, RP-Initiated Logout 1.0.

import * as oidc from "openid-client";
import { begin, config, finish, person, signOut } from "./howto.mjs";
import { refusal, visit, tell } from "./talk.mjs";

const { url, kept } = await begin();
const callback = await visit(url);
const tokens = await finish(callback, kept);
const claims = tokens.claims();
const introspected = await oidc.tokenIntrospection(config, tokens.access_token);

// The first token is the API's (RFC 9068 §3: its scopes name it); userinfo has one of its own, by `resource` (RFC 8707).
const wrongDoor = await refusal(() => oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
const { own, claims: userinfo } = await person(tokens);
await oidc.tokenRevocation(config, own.access_token, { token_type_hint: "access_token" });
const revoked = await oidc.tokenIntrospection(config, own.access_token);
const held = own.refresh_token ?? tokens.refresh_token;
await oidc.tokenRevocation(config, held, { token_type_hint: "refresh_token" });
const ended = await refusal(() => oidc.refreshTokenGrant(config, held));
const twice = await refusal(() => finish(callback, kept));

const last = await visit(signOut(tokens, "bye"));
const metadata = config.serverMetadata();
tell({ metadata, claims, userinfo, introspected, wrongDoor, revoked, ended, twice, last });

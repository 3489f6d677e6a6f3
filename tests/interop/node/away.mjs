// The device flow and CIBA by `oauth4webapi`, with the module that docs/howto/away.md writes (howto.mjs).
// Spec: RFC 8628; OpenID Connect CIBA Core 1.0 §7, §10.1, §11.

import * as oauth from "./loopback.mjs";
import { ask, beginOnDevice, finishOnDevice, wait } from "./howto.mjs";
import { allowDevice, approve, hear, refusal, tell } from "./talk.mjs";

const { name } = await hear();
const shown = await beginOnDevice();
const allowed = await allowDevice(shown.verification_uri_complete);
const device = oauth.getValidatedIdTokenClaims(await finishOnDevice(shown));
const deviceTwice = await refusal(() => finishOnDevice({ ...shown, interval: 0 }));

const message = "Transfer 47-11";
const asked = await ask(name, message);
const approved = await approve(message);
const claims = oauth.getValidatedIdTokenClaims(await wait(asked));
const askedTwice = await refusal(() => wait({ ...asked, interval: 0 }));
tell({ shown, allowed, device, deviceTwice, approved, claims, askedTwice });

// The peer N: npm `oidc-provider`, ES256, everything in this process's memory. It checks no password: any is right.
//
//   node server.mjs PORT
//
// Access tokens for urn:bench:jwt are ES256 JWTs, for urn:bench:opaque opaque ones (it introspects only those); a
// person's tokens are opaque, as they are by default. The first-party grant is there without a question.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'ES256' };
const redirectUri = 'http://127.0.0.1:1/callback';

// Unbounded: the shipped one is a cache of 1,000 entries, and would forget what is being measured.
const kept = new Map();
const grants = new Map();
class Memory {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload) {
    kept.set(this.key(id), payload);
    if (payload.uid) kept.set(`uid:${payload.uid}`, id);
    if (!payload.grantId) return;
    if (!grants.has(payload.grantId)) grants.set(payload.grantId, []);
    grants.get(payload.grantId).push(this.key(id));
  }
  async find(id) { return kept.get(this.key(id)); }
  async findByUid(uid) { return this.find(kept.get(`uid:${uid}`)); }
  async findByUserCode() { return undefined; }
  async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(this.key(id)); }
  async revokeByGrantId(id) { for (const one of grants.get(id) ?? []) kept.delete(one); grants.delete(id); }
}

const resource = (format) => ({
  scope: 'api', audience: `urn:bench:${format}`, accessTokenFormat: format,
  ...(format === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {}),
});
const secret = 'a-secret-of-more-than-32-octets-for-the-bench';
const client = { redirect_uris: [redirectUri], id_token_signed_response_alg: 'ES256' };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Memory,
  clients: [
    { ...client, client_id: 'web', client_secret: secret, grant_types: ['authorization_code', 'refresh_token'] },
    { ...client, client_id: 'native', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'] },
    { ...client, client_id: 'machine', client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['one-key-for-the-bench'] },
  claims: { openid: ['sub'], profile: ['name'] },
  pkce: { required: () => true },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  loadExistingGrant: async (ctx) => {
    const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (known) return provider.Grant.find(known);
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile offline_access');
    await grant.save();
    return grant;
  },
  issueRefreshToken: async (ctx, of) => of.grantTypeAllowed('refresh_token') && of.clientId === 'native',
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: (ctx, indicator) => resource(indicator.split(':').pop()),
    },
  },
});
provider.listen(port, '127.0.0.1');

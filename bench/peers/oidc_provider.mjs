// node oidc-provider with a Redis adapter and the features our hub has on: the yardstick of goal 5.
// Environment: PORT, REDIS_SOCKET, KEYS (JWKS, private), CLIENT_KEYS (JWKS, public), REDIRECT.
import { Provider } from "oidc-provider";
import Redis from "ioredis";

const redis = new Redis({ path: process.env.REDIS_SOCKET, db: 9 });
const issuer = `http://localhost:${process.env.PORT}`;

class RedisAdapter {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload, expiresIn) {
    const many = redis.multi().set(this.key(id), JSON.stringify(payload));
    if (expiresIn) many.expire(this.key(id), expiresIn);
    if (payload.grantId) many.rpush(`grant:${payload.grantId}`, this.key(id));
    if (payload.uid) many.set(`uid:${payload.uid}`, id);
    await many.exec();
  }
  async find(id) {
    const found = await redis.get(this.key(id));
    return found ? JSON.parse(found) : undefined;
  }
  async findByUid(uid) { return this.find(await redis.get(`uid:${uid}`)); }
  async consume(id) {
    const found = await this.find(id);
    if (found) await redis.set(this.key(id), JSON.stringify({ ...found, consumed: Math.floor(Date.now() / 1000) }), "KEEPTTL");
  }
  async destroy(id) { await redis.del(this.key(id)); }
  async revokeByGrantId(grantId) {
    const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
    if (keys.length) await redis.del(...keys);
  }
}

const common = {
  redirect_uris: [process.env.REDIRECT],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  id_token_signed_response_alg: "ES256",
  dpop_bound_access_tokens: true,
  require_pushed_authorization_requests: true,
};
const provider = new Provider(issuer, {
  adapter: RedisAdapter,
  jwks: JSON.parse(process.env.KEYS),
  clients: [
    { ...common, client_id: "confidential", token_endpoint_auth_method: "private_key_jwt", jwks: JSON.parse(process.env.CLIENT_KEYS),
      token_endpoint_auth_signing_alg: "ES256" },
    { ...common, client_id: "public", token_endpoint_auth_method: "none"},
  ],
  clientAuthMethods: ["private_key_jwt", "none"],
  cookies: { keys: ["bench"] },
  claims: { openid: ["sub"], profile: ["name"] },
  scopes: ["openid", "profile"],
  pkce: { required: () => true },
  subjectTypes: ["pairwise", "public"],
  pairwiseIdentifier: async (_ctx, account, client) => `${client.clientId}.${account}`,
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    userinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
    },
  },
  issueRefreshToken: async () => true,
  findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, name: "Lan" }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  const grant = new provider.Grant({ accountId: "lan", clientId: details.params.client_id });
  grant.addOIDCScope("openid profile");
  const result = { login: { accountId: "lan" }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
});
provider.on("grant.error", (_ctx, error) => console.error(error.error_detail, error.message));
provider.listen(Number(process.env.PORT), () => console.log("ready"));

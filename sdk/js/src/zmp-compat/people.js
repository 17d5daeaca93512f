// @ts-check
/** Who the person is, and what they let the app know. */

import { api, AppError, UNSUPPORTED } from "./host.js";

/** @type {Readonly<Record<string, {scope?: string, method?: string}>>} */
const SCOPES = Object.freeze({
  "scope.userInfo": { scope: "profile.name" },
  "scope.userPhonenumber": { scope: "phone" },
  "scope.userLocation": { method: "geo.get" },
  "scope.camera": { method: "scan.qr" },
  "scope.micro": {},
  "scope.userFriends": {},
});

export const login = api("login", async (_args, hs) => (await hs.auth.getToken()).token);
export const getAccessToken = api("getAccessToken", async (_args, hs) => (await hs.auth.getToken()).token);
export const getUserID = api("getUserID", async (_args, hs) => (await hs.auth.getUser()).sub);

/** `id` is the pairwise subject. Without the name's consent it asks where `autoRequestPermission` says so, else refuses with -1401. */
export const getUserInfo = api("getUserInfo", async (args, hs) => {
  let user = await hs.auth.getUser();
  if (user.name === null && args.autoRequestPermission) {
    await hs.auth.requestScopes({ scopes: ["profile.name"] });
    user = await hs.auth.getUser();
  }
  if (user.name === null) throw new AppError(-1401, "the person has not agreed to give their name", "getUserInfo");
  return { userInfo: { id: user.sub, name: user.name, avatar: "", idByOA: "", followedOA: false, isSensitive: false } };
});

/** `token` is a code the app's backend redeems: once, within two minutes. */
export const getPhoneNumber = api("getPhoneNumber", async (_args, hs) => ({ token: (await hs.user.getPhoneCode()).code }));

/** @param {import("../bridge.js").Bridge} hs */
async function settings(hs) {
  const { scopes } = await hs.auth.getUser();
  /** @type {Record<string, boolean>} */ const found = {};
  for (const [name, meaning] of Object.entries(SCOPES)) {
    found[name] = meaning.scope ? scopes.includes(meaning.scope) : meaning.method ? hs.hostCapabilities.methods.includes(meaning.method) : false;
  }
  return found;
}

/** Asks for what is not agreed to yet. Device abilities are asked for when they are used; `scope.userFriends` is never given. */
export const authorize = api("authorize", async (args, hs) => {
  const names = args.scopes ?? [];
  for (const name of names) if (!Object.hasOwn(SCOPES, name)) throw new AppError(-1400, `no scope ${name}`, "authorize");
  const wanted = names.map((/** @type {string} */ name) => SCOPES[name].scope).filter(Boolean);
  if (wanted.length) await hs.auth.requestScopes({ scopes: wanted });
  const now = await settings(hs);
  return Object.fromEntries(names.map((/** @type {string} */ name) => [name, now[name]]));
});

export const getSetting = api("getSetting", async (_args, hs) => ({ authSetting: await settings(hs) }));

/** Shows everything the manifest asks, to be agreed to or left. */
export const openPermissionSetting = api("openPermissionSetting", async (_args, hs) => {
  const asked = hs.context.scopesAsked ?? [];
  if (!asked.length) throw new AppError(UNSUPPORTED, "the app asks for nothing", "openPermissionSetting");
  await hs.auth.requestScopes({ scopes: asked });
});

export const requestSendNotification = api("requestSendNotification", async (_args, hs) => {
  const { granted } = await hs.notify.request({ templates: hs.context.templates ?? [] });
  if (!granted.length) throw new AppError(-2002, "the person does not want to be told", "requestSendNotification");
});

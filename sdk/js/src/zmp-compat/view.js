// @ts-check
/** What the host shows around the page, and where it leads. */

import { api, AppError, bridge } from "./host.js";

/** @param {string} name @param {(args: any) => string} url */
const opening = (name, url) => api(name, async (args, hs) => { await hs.nav.open({ url: url(args) }); });

export const openPhone = opening("openPhone", (args) => `tel:${args.phoneNumber}`);
export const openSMS = opening("openSMS", (args) => `sms:${args.phoneNumber}${args.content ? `?body=${encodeURIComponent(args.content)}` : ""}`);
export const openWebview = opening("openWebview", (args) => args.url);
export const openOutApp = opening("openOutApp", (args) => args.url);

export const openChat = api("openChat", async (args, hs) => { await hs.chat.open({ id: String(args.id ?? ""), message: args.message }); });
export const followOA = api("followOA", async (args, hs) => { await hs.oa.follow({ id: String(args.id ?? "") }); });

export const configAppView = api("configAppView", async (args, hs) => {
  const bar = args.actionBar ?? {};
  const title = args.title ?? bar.title;
  await hs.nav.title(given({ title, color: args.headerColor, back: bar.leftButton ? bar.leftButton === "back" : undefined }));
});
export const setNavigationBarTitle = api("setNavigationBarTitle", async (args, hs) => { await hs.nav.title({ title: String(args.title ?? "") }); });
export const setNavigationBarColor = api("setNavigationBarColor", async (args, hs) => { await hs.nav.title(given({ color: args.color })); });
export const setNavigationBarLeftButton = api("setNavigationBarLeftButton", async (args, hs) => {
  await hs.nav.title({ back: args.type === "back" });
});

/** @param {Record<string, any>} all @returns {any} */
function given(all) {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
}

export const openShareSheet = api("openShareSheet", async (args, hs) => {
  const data = args.data ?? {};
  const told = { kind: String(args.type ?? "text"), text: data.text ?? data.description ?? data.title, url: data.link ?? data.imageUrl, page: data.path };
  const { shared } = await hs.share.open(given(told));
  return { status: shared ? 1 : 0, shareType: 0, numberOfUser: shared ? 1 : 0 };
});

export const showToast = api("showToast", async (args, hs) => { await hs.ui.toast({ text: String(args.message ?? "") }); });
export const createShortcut = api("createShortcut", async (_args, hs) => hs.app.shortcut());
export const addRating = api("addRating", async (_args, hs) => { await hs.app.rate(); });
export const closeApp = api("closeApp", async (_args, hs) => { await hs.nav.close(); });
export const closeLoading = api("closeLoading", async () => undefined);

export const openMiniApp = api("openMiniApp", async (args, hs) => {
  if (!args.appId) throw new AppError(-1400, "appId is missing", "openMiniApp");
  const query = args.params ? new URLSearchParams(args.params).toString() : undefined;
  await hs.nav.miniApp(given({ appId: String(args.appId), page: args.path?.replace(/^\//, ""), query }));
});

export const getShareableLink = api("getShareableLink", async (args, hs) => {
  const page = String(args.path ?? "").replace(/^\//, "");
  return `${hs.context.link}${page ? `/${page}` : ""}`;
});

export const getAppInfo = api("getAppInfo", async (_args, hs) => {
  const { name, description, versionName, appId, link } = /** @type {any} */ (hs.context);
  return { name, description: description ?? "", version: versionName, appUrl: link, qrCodeUrl: `${link}`, appId, zaloAppId: "" };
});

/** The parameters the page was opened with; answers at once. */
export function getRouteParams() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Chats of another network have no place here. */
export function getContext() {
  return null;
}
export const getContextAsync = api("getContextAsync", async () => null);

export function getVersion() {
  return String(/** @type {any} */ (bridge?.context)?.versionName ?? "");
}

export const hideKeyboard = api("hideKeyboard", async () => {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
});

// @ts-check
/** What the emulator does for every method of the bridge: the super-app's part, played with test citizens. */

import { BridgeError, CODES } from "/js/host.js";
import { ask, consent, made, typed } from "./sheets.js";
import { said, t } from "./words.js";

const denied = () => new BridgeError(CODES.DENIED, "the person refused", { reason: "refused" });

/**
 * @param {{control: (name: string, asked?: object) => Promise<any>, session: any, citizen: () => number, appName: () => string,
 *   toast: (text: string) => void, title: (text: string) => void, go: (page: string) => void, close: () => void, granted: (scopes: string[]) => void,
 *   missing: (lines: string[]) => void}} host
 */
export function handlers(host) {
  const mine = (/** @type {object} */ more = {}) => ({ citizen: host.citizen(), ...more });
  const agreeTo = async (/** @type {string} */ title, /** @type {AbortSignal} */ signal, /** @type {(Node | string)[]} */ inner = []) => {
    if (!(await ask(title, inner, signal))) throw denied();
  };
  const permitted = async (/** @type {string} */ name, /** @type {AbortSignal} */ signal) => {
    const told = await host.control("permission", mine({ name }));
    if (told.allowed === false) throw denied();
    if (told.allowed) return;
    const allowed = await ask(t("asks", { app: host.appName() }), [made("strong", { textContent: said(told.reveals) }), made("p", { textContent: said(told.reason) })], signal);
    await host.control("permission", mine({ name, allowed }));
    if (!allowed) throw denied();
  };
  return {
    "auth.getToken": async () => {
      const opened = await host.control("open", mine());
      return { token: opened.token, expiresIn: opened.expires_in, scopes: opened.scopes };
    },
    "auth.getUser": async () => {
      const opened = await host.control("open", mine());
      return { sub: opened.sub, name: opened.name, scopes: opened.scopes, acr: opened.acr };
    },
    "auth.requestScopes": async (/** @type {any} */ { scopes }, /** @type {any} */ { signal }) => {
      const told = await host.control("ask", mine({ scopes }));
      if (told.missing.length) {
        host.missing(told.add);
        throw new BridgeError(CODES.NOT_IN_MANIFEST, `add to hs.scopes: ${told.add.join(", ")}`, { missing: told.missing });
      }
      const answered = told.scopes.length ? await consent(host.appName(), told.scopes, signal) : { granted: [], declined: [] };
      if (answered === null) throw denied();
      const { agreed } = await host.control("consent", mine(answered));
      host.granted(agreed);
      return { granted: scopes.filter((/** @type {string} */ one) => agreed.includes(one)), declined: scopes.filter((/** @type {string} */ one) => !agreed.includes(one)) };
    },
    "user.getPhoneCode": async (/** @type {any} */ _, /** @type {any} */ { signal }) => {
      await agreeTo(t("phone"), signal);
      const told = await host.control("code", mine());
      return { code: told.code, expiresIn: told.expires_in };
    },
    "geo.get": async (/** @type {any} */ { precise }, /** @type {any} */ { signal }) => {
      await permitted(precise ? "location.fine" : "location.coarse", signal);
      const text = await typed(t("place"), localStorage.getItem("hs.place") ?? "21.0285, 105.8542", signal);
      const [latitude, longitude] = (text ?? "").split(",").map(Number);
      if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) throw denied();
      localStorage.setItem("hs.place", text ?? "");
      return { latitude, longitude, accuracy: precise ? 10 : 1000, at: new Date().toISOString() };
    },
    "scan.qr": async (/** @type {any} */ _, /** @type {any} */ { signal }) => {
      const text = await typed(t("qr"), "", signal);
      if (text === null) throw denied();
      return { text };
    },
    "media.pick": async (/** @type {any} */ { count }, /** @type {any} */ { signal, files }) => {
      const input = /** @type {HTMLInputElement} */ (made("input", { type: "file", multiple: (count ?? 1) > 1, id: "sheet-file" }));
      await agreeTo(t("pick"), signal, [input]);
      const picked = [...(input.files ?? [])].slice(0, count ?? 1);
      return { files: await Promise.all(picked.map(async (one) => ({ name: one.name, type: one.type, size: one.size, handle: await files.put(one) }))) };
    },
    "media.save": async (/** @type {any} */ { name, handle }, /** @type {any} */ { signal, files }) => {
      await agreeTo(t("save", { name }), signal);
      if (handle) files.take(handle);
      return { saved: true };
    },
    "pay.create": async (/** @type {any} */ asked, /** @type {any} */ { signal }) => {
      if (!asked.intent) throw new BridgeError(CODES.PARAMS, "the backend makes the payment (app.pay.create) and gives the page its id");
      const told = await host.control("pay", { intent: asked.intent });
      const amount = told.amount.toLocaleString("vi-VN");
      await agreeTo(t("pay", { amount, words: said(told.description) }), signal);
      if (told.state === "created") await host.control("settle", { intent: told.intent });
      return { intent: told.intent, state: "settled" };
    },
    "pay.status": async (/** @type {any} */ { intent }) => {
      const told = await host.control("pay", { intent });
      return { intent, state: told.state };
    },
    "share.open": async (/** @type {any} */ asked, /** @type {any} */ { signal }) => ({
      shared: await ask(t("share", { what: asked.text ?? asked.url ?? asked.page ?? "" }), [], signal),
    }),
    "app.shortcut": async (/** @type {any} */ _, /** @type {any} */ { signal }) => ({ made: await ask(t("shortcut"), [], signal) }),
    "app.rate": async (/** @type {any} */ _, /** @type {any} */ { signal }) => ({ rated: (await typed(t("rate"), "5", signal)) !== null }),
    "oa.follow": async (/** @type {any} */ _, /** @type {any} */ { signal }) => ({ followed: await ask(t("follow"), [], signal) }),
    "chat.open": async (/** @type {any} */ _, /** @type {any} */ { signal }) => ({ opened: await ask(t("chat"), [], signal) }),
    "notify.request": async (/** @type {any} */ { templates }, /** @type {any} */ { signal }) => {
      const known = host.session().manifest.hs.notifications ?? [];
      const shown = templates.slice(0, 3).map((/** @type {string} */ name) => known.find((/** @type {any} */ one) => one.template === name) ?? name);
      const wrong = shown.find((/** @type {any} */ one) => typeof one === "string");
      if (wrong) throw new BridgeError(CODES.NOT_IN_MANIFEST, `no template ${wrong} in hs.notifications`, { missing: wrong });
      const inner = shown.map((/** @type {any} */ one) => made("p", { textContent: said(one) }));
      if (!(await ask(t("notify"), inner, signal))) return { granted: [] };
      return host.control("grant", mine({ templates: shown.map((/** @type {any} */ one) => one.template) }));
    },
    "nav.open": async (/** @type {any} */ { page, url }, /** @type {any} */ { signal }) => {
      if (page) host.go(page);
      else if (!(await ask(t("leave", { url }), [], signal))) throw denied();
      return { opened: true };
    },
    "nav.close": () => { host.close(); },
    "nav.title": (/** @type {any} */ { title }) => { host.title(title ?? host.appName()); },
    "nav.miniApp": async (/** @type {any} */ { appId }, /** @type {any} */ { signal }) => ({ opened: await ask(`${appId}?`, [], signal) }),
    "storage.get": ({ keys }) => host.control("storage", mine({ verb: "get", keys })),
    "storage.set": ({ entries }) => host.control("storage", mine({ verb: "set", entries })),
    "storage.remove": ({ keys }) => host.control("storage", mine({ verb: "remove", keys })),
    "storage.info": () => host.control("storage", mine({ verb: "info" })),
    "ui.toast": ({ text }) => { host.toast(text); },
    "sys.info": () => ({ platform: "emulator", language: host.session().locale, sdk: "hs dev", online: navigator.onLine }),
  };
}

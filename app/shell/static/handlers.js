// @ts-check
// What the shell does for an app's page, method by method; guards of manifest, consent and gesture stand in the bridge's host side.

import { asked, consult, launch } from "./consent.js";
import { device } from "./device.js";
import { money } from "./money.js";
import { call, Refused } from "./session.js";
import { confirm, el, sheet, toast, words } from "./sheets.js";
import { BridgeError, CODES } from "/assets/js/host.js";

/** Turns what the hub refuses into what the bridge says. */
export function translated(work) {
  return async (params, told) => {
    try {
      return await work(params, told);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code === "miniapps.suspended") throw new BridgeError(CODES.SUSPENDED, "the app was stopped", { reason: error.problem.detail });
      if (error.status === 413) throw new BridgeError(CODES.DENIED, error.message, { reason: "full" });
      if (error.status === 422 || error.status === 404) throw new BridgeError(CODES.PARAMS, error.message, { code: error.code });
      if (error.status === 429) throw new BridgeError(CODES.RATE, error.message);
      throw new BridgeError(CODES.DENIED, error.message, { code: error.code });
    }
  };
}

/** @param {any} app what runs: {id, name, manifest, told, link, host, granted, open, close} */
export function handlers(app) {
  const base = `/v1/miniapps/${app.id}`;
  const all = { ...people(app, base), ...places(app), ...stored(base), ...device(app), ...money(app, base) };
  return Object.fromEntries(Object.entries(all).map(([name, work]) => [name, translated(work)]));
}

const said = (token) => JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));

function people(app, base) {
  const lacking = (scopes) => scopes.filter((one) => !app.granted.has(one));
  const known = (scopes) => {
    const names = app.manifest.hs.scopes.map((one) => one.scope);
    const strange = scopes.filter((one) => !names.includes(one));
    if (strange.length) throw new BridgeError(CODES.NOT_IN_MANIFEST, `the manifest does not ask for ${strange.join(", ")}`, { missing: strange });
  };
  let profile = null;
  return {
    "auth.getToken": async ({ scopes = [] }) => {
      known(scopes);
      const missing = lacking(scopes);
      if (missing.length) throw new BridgeError(CODES.NEEDS_CONSENT, "the person has not agreed", { scope: missing[0] });
      const until = said(app.told.access_token).exp;
      if (until * 1000 < Date.now() + 60_000) app.renew(await launch(app.id, app.name, app.request));
      return { token: app.told.access_token, expiresIn: said(app.told.access_token).exp - Math.floor(Date.now() / 1000), scopes: [...app.granted] };
    },
    "auth.getUser": async () => {
      const scopes = [...app.granted].sort();
      if (profile?.scopes !== scopes.join(" ")) profile = { scopes: scopes.join(" "), ...(await call("POST", `${base}/profile`)) };
      return { sub: profile.sub, name: profile.values["profile.name"] ?? null, acr: profile.acr, scopes, values: profile.values };
    },
    "auth.requestScopes": async ({ scopes }, told) => {
      known(scopes);
      const open = await asked(app.manifest, lacking(scopes));
      if (open.length) {
        const answer = await consult(app.name, open.map((one) => ({ ...one, optional: true })), told);
        const agreed = await call("POST", `${base}/consent`, { granted: answer.granted, declined: [] });
        app.agree(agreed.agreed);
        app.renew(await launch(app.id, app.name, app.request));
      }
      return { granted: scopes.filter((one) => app.granted.has(one)), declined: lacking(scopes) };
    },
    "user.getPhoneCode": async (_params, told) => {
      const [{ purpose }] = app.manifest.hs.scopes.filter((one) => one.scope === "phone");
      await confirm(words.phone_title.replace("{name}", app.name), [words.phone_text, purpose[document.documentElement.lang] ?? purpose.vi], words.give, told);
      const made = await call("POST", `${base}/codes`, { scope: "phone" });
      return { code: made.code, expiresIn: made.expires_in };
    },
    "notify.request": async ({ templates }, told) => {
      const known = (app.manifest.hs.notifications ?? []).filter((one) => templates.includes(one.template));
      if (!known.length) throw new BridgeError(CODES.NOT_IN_MANIFEST, "the manifest has no such template");
      const shown = known.slice(0, 3);
      const list = el("ul", {}, ...shown.map((each) => el("li", {}, each[document.documentElement.lang] ?? each.vi)));
      await confirm(words.notify_title.replace("{name}", app.name), [words.notify_text, list], words.agree, told);
      return call("POST", `${base}/notification-grants`, { templates: shown.map((each) => each.template) });
    },
  };
}

function places(app) {
  const leave = async (url, told) => {
    if (!/^(https:\/\/|tel:|sms:|mailto:)/.test(url) || url.length > 2000) throw new BridgeError(CODES.PARAMS, "https, tel, sms or mailto");
    await sheet(words.leave_title.replace("{name}", app.name), (settle) => [
      el("p", { class: "address" }, url),
      el("a", { class: "button", href: url, target: "_blank", rel: "noopener noreferrer", onclick: () => settle(true) }, words.open),
    ], told);
    return { opened: true };
  };
  return {
    "nav.open": async ({ page, url, query }, told) => {
      if (url) return leave(url, told);
      if (!app.manifest.pages.includes(page)) throw new BridgeError(CODES.NOT_IN_MANIFEST, `the manifest has no page ${page}`);
      app.open(page, query ?? "");
      return { opened: true };
    },
    "nav.close": () => { setTimeout(app.close); return null; },
    "nav.title": (params) => { app.titled(params); return null; },
    "nav.miniApp": async ({ appId, page, query }, told) => {
      if (!/^[a-z0-9.-]{3,128}$/i.test(appId)) throw new BridgeError(CODES.PARAMS, "appId is an app's id");
      await confirm(words.switch_title, words.switch_text.replace("{name}", app.name).replace("{other}", appId), words.open, told);
      const path = page ? `/${page.split("/").map(encodeURIComponent).join("/")}` : "";
      location.assign(`/miniapp/${encodeURIComponent(appId)}${path}${query ? `?${query.replace(/^\?/, "")}` : ""}`);
      return { opened: true };
    },
    "share.open": async ({ text, url, page }, told) => {
      const link = page && app.manifest.pages.includes(page) ? `${app.link}/${page}` : (url ?? app.link);
      const picture = el("img", { src: `/v1/miniapps/${app.id}/link.svg?page=${encodeURIComponent(app.manifest.pages.includes(page) ? page : "")}`, alt: words.qr, width: "200", height: "200" });
      return sheet(words.share_title, (settle) => [
        text ? el("p", {}, text) : null, el("p", { class: "address" }, link), url ? null : picture,
        el("button", { type: "button", onclick: () => { void navigator.clipboard?.writeText(link); toast(words.copied); settle({ shared: true }); } }, words.copy),
      ].filter(Boolean), told);
    },
    "app.shortcut": (_params, told) => sheet(words.shortcut_title.replace("{name}", app.name), (settle) => [
      el("p", {}, words.shortcut_text), el("p", { class: "address" }, app.link),
      el("button", { type: "button", onclick: () => { void navigator.clipboard?.writeText(app.link); toast(words.copied); settle({ made: true }); } }, words.copy),
    ], told),
    "app.rate": async (_params, told) => {
      const rating = await sheet(words.rate_title.replace("{name}", app.name), rated, told);
      await call("PUT", `/v1/miniapps/${app.id}/rating`, rating);
      toast(words.rated);
      return { rated: true };
    },
    "ui.toast": ({ text }) => { toast(text.slice(0, 200)); return null; },
    "sys.info": () => ({
      platform: "web", host: "HanoiSmart", version: "1", locale: document.documentElement.lang, online: navigator.onLine,
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light", width: innerWidth, height: innerHeight,
    }),
  };
}

/** Stars to choose one of, and words where there are any; nothing is chosen beforehand. */
function rated(settle) {
  const said = el("textarea", { id: "rating-words", maxlength: "1000", rows: "3" });
  const choice = (stars) => el("label", {}, el("input", { type: "radio", name: "stars", value: String(stars), "aria-label": `${stars}/5`, required: true }), "★".repeat(stars));
  const settled = (event) => {
    event.preventDefault();
    const stars = Number(new FormData(event.target).get("stars"));
    settle({ stars, words: said.value.trim() || null });
  };
  return [
    el("form", { onsubmit: settled },
      el("fieldset", { class: "stars" }, el("legend", {}, words.rate_stars), ...[5, 4, 3, 2, 1].map(choice)),
      el("label", { for: "rating-words" }, words.rate_words), said,
      el("p", {}, words.rate_text), el("button", {}, words.rate)),
  ];
}

function stored(base) {
  const query = (keys) => new URLSearchParams(keys.map((key) => ["key", key]));
  return {
    "storage.get": async ({ keys }) => ({ entries: (await call("GET", `${base}/storage?${query(keys)}`)).values }),
    "storage.set": async ({ entries }) => ({ size: (await call("PUT", `${base}/storage`, { entries })).size }),
    "storage.remove": async ({ keys }) => {
      let size = 0;
      for (const key of keys) ({ size } = await call("DELETE", `${base}/storage/${encodeURIComponent(key)}`));
      return { size };
    },
    "storage.info": async () => {
      const { keys, size, limit } = await call("GET", `${base}/storage`);
      return { keys, size, limit };
    },
  };
}

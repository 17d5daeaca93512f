// @ts-check
// Runs one mini-app: finds its version, asks what must be asked, frames its page, answers its bridge, and blanks it when it is stopped.

import { launch } from "./consent.js";
import { handlers } from "./handlers.js";
import { ask, call, Refused, signedIn, signIn } from "./session.js";
import { el, language, message, words } from "./sheets.js";
import { createHost } from "/assets/js/host.js";

const address = read(location.pathname);

/** A part of an address; one that is wrongly encoded names nothing. @param {string} part */
function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** W3C MiniApp Addressing: `/miniapp/<app_id>[;version=<version>]/<page>`. */
function read(path) {
  const [, , first = "", ...rest] = path.split("/");
  const [id, ...more] = plain(first).split(";");
  const version = more.map((one) => one.split("=")).find(([name]) => name.toLowerCase() === "version")?.[1] ?? null;
  return { id: id.toLowerCase(), version, page: rest.map(plain).join("/"), query: location.search, fragment: location.hash };
}

async function start() {
  if (!/^[a-z0-9][a-z0-9.-]{1,127}$/.test(address.id)) return message(words.unknown_title, words.unknown_text);
  let told;
  try {
    told = await call("GET", `/v1/miniapps/${address.id}/host`);
  } catch (error) {
    return refused(error);
  }
  const { manifest } = told;
  const name = manifest.hs.i18n?.[language]?.name ?? manifest.name;
  document.title = `${name} · HanoiSmart`;
  const title = document.querySelector("#title");
  if (title) title.textContent = name;
  if (!signedIn()) {
    const button = el("button", { type: "button", onclick: () => signIn() }, words.sign_in);
    return message(words.sign_in_title.replace("{name}", name), words.sign_in_text, button);
  }
  return run(told, manifest, name);
}

async function run(told, manifest, name) {
  const page = manifest.pages.includes(address.page) ? address.page : manifest.pages[0];
  const deep = address.page || address.query ? `${page}${address.query}`.slice(0, 2048) : null;
  const request = deep === null ? {} : { start_param: deep };
  let opened;
  try {
    opened = await launch(address.id, name, request);
  } catch (error) {
    return refused(error);
  }
  const frame = el("iframe", { sandbox: told.sandbox, allow: "", title: name, referrerpolicy: "no-referrer" });
  const app = {
    id: address.id, name, manifest, told: opened, request, link: told.link, granted: new Set(opened.scopes), host: null,
    renew: (fresh) => { app.told = fresh; app.agree(fresh.scopes); },
    agree: (scopes) => { app.granted = new Set(scopes); app.host.grant(scopes); },
    open: (next, query) => { frame.src = addressOf(app, next, query ? `?${query.replace(/^\?/, "")}` : "", ""); },
    close: () => location.assign("/"),
    titled: (params) => titled(params, app),
  };
  app.host = createHost({
    frame, origin: opened.frame_origin, manifest, context: context(app), handlers: handlers(app), granted: opened.scopes,
    hostInfo: { name: "HanoiSmart", kind: "web", version: "1" }, onError: (error, method) => console.warn(method, String(error)),
  });
  document.querySelector("#stage")?.replaceChildren(frame);
  frame.src = addressOf(app, page, address.query, address.fragment);
  tell(app);
  void watch(app);
}

function addressOf(app, page, query, fragment) {
  const { told, manifest } = app;
  const path = told.page_base + page.split("/").map(encodeURIComponent).join("/");
  if (!manifest.hs.telegram_launch) return path + query + fragment;
  const theme = getComputedStyle(document.body);
  const params = { bg_color: hex(theme.backgroundColor), text_color: hex(theme.color) };
  const hash = new URLSearchParams({
    tgWebAppData: told.launch_token, tgWebAppVersion: "8.0", tgWebAppPlatform: "web", tgWebAppThemeParams: JSON.stringify(params),
    ...(told.start_param ? { tgWebAppStartParam: told.start_param } : {}),
  });
  return `${path}${query}#${hash}`;
}

const hex = (color) => `#${(color.match(/\d+/g) ?? []).slice(0, 3).map((one) => Number(one).toString(16).padStart(2, "0")).join("")}`;

function context(app) {
  const { told, manifest } = app;
  return {
    appId: app.id, versionCode: told.version_code, versionName: manifest.version.name, name: app.name, description: manifest.description ?? "",
    locale: language, theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    safeArea: { top: 0, right: 0, bottom: 0, left: 0 }, launchData: told.launch_token, startParam: told.start_param,
    gateway: location.origin + told.gateway, link: app.link, scopesAsked: manifest.hs.scopes.map((one) => one.scope),
    templates: manifest.hs.notifications.map((one) => one.template),
  };
}

/** What happens around the page: visibility, light and dark. */
function tell(app) {
  document.addEventListener("visibilitychange", () => app.host.notify(document.hidden ? "hidden" : "shown"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => app.host.notify("context", { theme: event.matches ? "dark" : "light" }));
}

function titled({ title, color, back }, app) {
  const heading = document.querySelector("#title");
  if (title !== undefined && heading) heading.textContent = title.slice(0, 60);
  const bar = document.querySelector("header");
  if (color && /^#[0-9a-f]{6}$/i.test(color)) bar?.style.setProperty("border-bottom-color", color);
  const button = document.querySelector("#back");
  if (back === undefined || !(button instanceof HTMLElement)) return;
  button.hidden = !back;
  button.onclick = () => app.host.notify("back");
}

/** The hub says within a second when the app is stopped; while it cannot be asked, the app runs on and its calls say what is wrong. */
async function watch(app) {
  for (;;) {
    try {
      const answer = await ask("GET", `/v1/miniapps/${app.id}/watch?version=${app.told.version_code}`);
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
        text += chunk.value;
        const events = text.split("\n\n");
        text = events.pop() ?? "";
        for (const one of events) if (one.startsWith("data: ") && !judged(app, JSON.parse(one.slice(6)))) return;
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return;
    }
    await new Promise((resolve) => { setTimeout(resolve, 1000 + Math.random() * 1000); });
  }
}

/** Whether the app still runs. */
function judged(app, state) {
  app.host.stop(state.stopped);
  if (state.running) return true;
  const reason = state.reason ?? { vi: words.stopped_text, en: words.stopped_text };
  app.host.suspend(reason);
  message(words.stopped_title.replace("{name}", app.name), reason[language]);
  app.host.close();
  return false;
}

function refused(error) {
  const again = el("button", { type: "button", onclick: () => location.reload() }, words.again);
  if (!(error instanceof Refused)) return error?.data?.reason === "cancelled" ? message(words.declined_title, words.declined_text, again) : message(words.failed_title, words.failed_text, again);
  if (error.code === "miniapps.not_found") return message(words.unknown_title, words.unknown_text);
  if (error.code === "miniapps.suspended") return message(words.suspended_title, error.problem.detail ?? words.stopped_text);
  if (error.code === "access.step_up_required") return message(words.step_up_title, words.step_up_text);
  if (error.status === 401) return message(words.sign_in_title.replace("{name}", "HanoiSmart"), words.sign_in_text, el("button", { type: "button", onclick: () => signIn() }, words.sign_in));
  return message(words.failed_title, error.message, again);
}

document.querySelector("#close")?.addEventListener("click", () => location.assign("/"));
void start().catch(refused);

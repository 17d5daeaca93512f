// @ts-check
/** The emulator's host page: a catalogue of one app, a citizen to be, and every switch a developer needs. */

import { createHost } from "/js/host.js";
import { handlers } from "./handlers.js";
import { consent, made } from "./sheets.js";
import { choose, chosen, said, t } from "./words.js";

const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
/** @type {any} */ let state = null;
/** @type {any} */ let bridge = null;
/** @type {any} */ let opened = null;
/** What is just being opened: a new opening ends it, with the sheet it may show. */
let opening = new AbortController();

/** @param {string} name @param {object} [asked] */
async function control(name, asked = {}) {
  const response = await fetch(`/emulator/${name}`, { method: "POST", body: JSON.stringify(asked), headers: { "Content-Type": "application/json" } });
  const told = await response.json();
  if (!response.ok) throw Object.assign(new Error(told.code ?? String(response.status)), { told });
  return told;
}

const citizen = () => Number(at("citizen").value);
const appName = () => (chosen() === "en" ? state.manifest.hs.i18n?.en?.name : undefined) ?? state.manifest.name;

const host = {
  control,
  citizen,
  appName,
  session: () => ({ manifest: state.manifest, locale: chosen() }),
  toast(/** @type {string} */ text) {
    at("toast").textContent = text;
    at("toast").hidden = false;
    setTimeout(() => { at("toast").hidden = true; }, 2500);
  },
  title(/** @type {string} */ text) { at("title").textContent = text; },
  go(/** @type {string} */ page) { void open(page); },
  close() { shut(); notice(""); },
  granted(/** @type {string[]} */ scopes) { bridge?.grant(scopes); },
  missing(/** @type {string[]} */ lines) { for (const line of lines) at("missing").append(made("li", {}, t("paste"), " ", made("code", { textContent: line }))); },
};

function shut() {
  bridge?.close();
  bridge = null;
  document.querySelector("#stage iframe")?.remove();
}

/** @param {string} text */
function notice(text) {
  at("notice").textContent = text;
}

/** Open the app as the chosen citizen: consent first where it is needed. @param {string} [page] */
async function open(page) {
  shut();
  notice("");
  opening.abort();
  const { signal } = (opening = new AbortController());
  try {
    opened = await control("open", { citizen: citizen(), locale: chosen(), start_param: at("start-param").value, page });
  } catch (refused) {
    return refusedToOpen(/** @type {any} */ (refused).told, signal, page);
  }
  if (signal.aborted) return;
  at("claims").textContent = JSON.stringify(opened.claims, null, 2);
  host.title(appName());
  const frame = document.createElement("iframe");
  frame.title = appName();
  frame.setAttribute("sandbox", "allow-scripts allow-forms allow-same-origin");
  frame.referrerPolicy = "no-referrer";
  at("stage").append(frame);
  bridge = createHost({
    frame,
    origin: state.app_origin,
    manifest: state.manifest,
    granted: opened.scopes,
    hostInfo: { name: "HanoiSmart", kind: "emulator" },
    context: {
      appId: state.app_id,
      versionCode: opened.version_code,
      locale: chosen(),
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      safeArea: { top: 0, right: 0, bottom: 0, left: 0 },
      launchData: opened.launch_data,
      startParam: opened.start_param,
      gateway: opened.gateway,
    },
    handlers: /** @type {any} */ (handlers(host)),
    onError: (error, method) => console.error(method, error),
    onRefused: (/** @type {any} */ error, /** @type {string} */ method) => { void bridgeRefused(error, method); },
  });
  frame.src = opened.address;
}

/** @param {any} error @param {string} method */
async function bridgeRefused(error, method) {
  const missing = typeof error.data?.missing === "string" ? error.data.missing : undefined;
  const { add } = await control("refused", { method, code: error.code, missing });
  host.missing(add);
}

/** @param {any} told @param {AbortSignal} signal @param {string} [page] */
async function refusedToOpen(told, signal, page) {
  if (signal.aborted) return;
  if (told?.code === "consent_required") {
    const answered = await consent(appName(), told.scopes, signal);
    if (signal.aborted) return;
    if (answered === null) return notice(t("needed"));
    await control("consent", { citizen: citizen(), ...answered });
    return open(page);
  }
  if (told?.code === "suspended") return notice(t("suspended", { reason: said(told.reason) }));
  return notice(told?.code === "assurance_required" ? t("assurance") : (told?.code ?? "?"));
}

async function show() {
  state = await control("state");
  at("app-name").textContent = appName();
  if (!at("citizen").options.length) {
    for (const one of state.citizens) at("citizen").append(new Option(`${one.number}. ${one.name}${one.level < 2 ? " ·" : ""}`, one.number));
    at("citizen").value = localStorage.getItem("hs.citizen") ?? "1";
  }
  at("kill").textContent = t(state.suspended ? "revive" : "kill");
  at("network").value = String(state.slow_ms);
  at("webhook-type").replaceChildren(...["hs.test", ...state.events].map((one) => new Option(one, one)));
  list("findings", state.findings.map((/** @type {any} */ one) => `${one.rule} ${one.file ?? one.pointer ?? ""}: ${said(one)} → ${said(one.fix)}`));
  list("payments", state.payments.map((/** @type {any} */ one) => `${one.reference}: ${one.amount.toLocaleString("vi-VN")} ₫ · ${one.state}`));
  list("notifications", state.notifications.map((/** @type {any} */ one) => said(one)));
  at("log").replaceChildren(...state.log.map(line).reverse());
}

/** @param {string} id @param {string[]} lines */
function list(id, lines) {
  at(id).replaceChildren(...(lines.length ? lines : [t("none")]).map((text) => made("li", { textContent: text })));
}

/** @param {any} one */
function line(one) {
  const { kind, at: when, ...told } = one;
  const bad = Number(told.status) >= 400 || Number(told.code) < 0;
  return made("li", { className: bad ? "bad" : "", textContent: `${when.slice(11, 19)} ${kind} ${Object.values(told).filter((value) => value !== null && value !== undefined).join(" ")}` });
}

function listen() {
  const events = new EventSource("/emulator/events");
  events.onmessage = async (message) => {
    const told = JSON.parse(message.data);
    if (told.event === "log") at("log").prepend(line(told));
    if (told.event === "killed") {
      bridge?.suspend(told.reason);
      setTimeout(() => { shut(); notice(t("suspended", { reason: said(told.reason) })); }, 50);
    }
    if (told.event !== "log") await show();
    if (told.event === "reload" || told.event === "revived") await open();
  };
}

at("citizen").addEventListener("change", () => { localStorage.setItem("hs.citizen", at("citizen").value); void open(); });
at("language").addEventListener("change", async () => { choose(at("language").value); await show(); await open(); });
at("network").addEventListener("change", () => control("slow", { ms: Number(at("network").value) }));
at("open").addEventListener("click", () => open());
at("kill").addEventListener("click", () => control("kill", { on: !state.suspended }));
at("withdraw").addEventListener("click", async () => { await control("withdraw", { citizen: citizen() }); bridge?.grant([]); });
at("webhook").addEventListener("submit", async (/** @type {Event} */ event) => {
  event.preventDefault();
  try {
    const told = await control("webhook", { type: at("webhook-type").value, data: JSON.parse(at("webhook-data").value) });
    host.toast(`${told.id}: ${told.status ?? told.detail}`);
  } catch (wrong) {
    host.toast(String(wrong));
  }
});
choose(chosen());
at("language").value = chosen();
await show();
listen();
await open();

// @ts-check
// The host's own sheets: whatever a person decides, they decide here and never inside an app's page.

import { BridgeError, CODES } from "/assets/js/host.js";

export const words = JSON.parse(document.body.dataset.words ?? "{}");
export const language = document.documentElement.lang === "en" ? "en" : "vi";

/** An element with attributes, listeners (`onclick`) and children. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((one) => one !== null && one !== undefined));
  return made;
}

/** A page may open a sheet under a finger that is about to tap a second time: for so long no tap counts. */
const SETTLED_MS = 500;

const cancelled = () => new BridgeError(CODES.DENIED, "the person said no", { reason: "cancelled" });
let open = null;

/**
 * Show a sheet until it is answered. `build(settle)` gives its children; `settle(value)` closes it with that value.
 * Rejects with DENIED when the person closes it, when the call is cancelled, and when another sheet is open.
 */
export function sheet(title, build, { signal } = {}) {
  if (open) throw new BridgeError(CODES.DENIED, "another question is open", { reason: "busy" });
  return new Promise((resolve, reject) => {
    const dialog = el("dialog", { "aria-labelledby": "sheet-title" });
    open = dialog;
    const end = (then) => {
      if (open !== dialog) return;
      open = null;
      dialog.close();
      dialog.remove();
      dialog.dispatchEvent(new Event("gone"));
      then();
    };
    const settle = (value) => end(() => resolve(value));
    const refuse = () => end(() => reject(cancelled()));
    signal?.addEventListener("abort", refuse);
    if (signal?.aborted) return refuse();
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); refuse(); });
    dialog.append(el("h2", { id: "sheet-title" }, title), ...build(settle, dialog), el("button", { type: "button", class: "quiet", onclick: refuse }, words.no));
    dialog.inert = true;
    document.body.append(dialog);
    dialog.showModal();
    setTimeout(() => {
      dialog.inert = false;
      if (open === dialog) dialog.querySelector("input, button, a, textarea, select")?.focus();
    }, SETTLED_MS);
  });
}

/** A question with one way to say yes. */
export const confirm = (title, text, yes, call) => sheet(title, (settle) => [
  ...[].concat(text).map((one) => (typeof one === "string" ? el("p", {}, one) : one)),
  el("button", { type: "button", onclick: () => settle(true) }, yes),
], call);

export function toast(text) {
  const box = document.querySelector("#toast");
  if (!box) return;
  box.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.textContent = ""; }, 4000);
}

/** Show a text instead of an app. */
export function message(title, text, ...more) {
  document.querySelector("#stage")?.replaceChildren(el("div", { class: "message", role: "status" }, el("h2", {}, title), el("p", {}, text), ...more));
}

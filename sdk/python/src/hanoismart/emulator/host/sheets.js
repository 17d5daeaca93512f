// @ts-check
/** The host's own sheets: the person answers here, never in the app's page. */

import { said, t } from "./words.js";

const sheet = /** @type {HTMLDialogElement} */ (document.querySelector("#sheet"));
const body = /** @type {HTMLElement} */ (document.querySelector("#sheet-body"));
/** @type {Promise<unknown>} */ let before = Promise.resolve();

/** One sheet after the other. @template T @param {() => Promise<T>} show @returns {Promise<T>} */
function queued(show) {
  const next = before.then(show, show);
  before = next.catch(() => undefined);
  return next;
}

/** @param {string} tag @param {Record<string, any>} [set] @param {...(Node | string)} inner */
export function made(tag, set = {}, ...inner) {
  const one = Object.assign(document.createElement(tag), set);
  one.append(...inner);
  return one;
}

/**
 * What the person chose: true, or false after refusing, Escape, or the app's own cancelling.
 * @param {string} title @param {(Node | string)[]} inner @param {AbortSignal} [signal] @param {{yes?: string, no?: string}} [words]
 */
export function ask(title, inner, signal, words = {}) {
  return queued(() => new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    /** @type {HTMLElement} */ (document.querySelector("#sheet-title")).textContent = title;
    body.replaceChildren(...inner);
    const no = made("button", { value: "no", textContent: words.no ?? t("refuse"), formNoValidate: true });
    const yes = made("button", { value: "yes", className: "primary", textContent: words.yes ?? t("agree") });
    /** @type {HTMLElement} */ (document.querySelector("#sheet-buttons")).replaceChildren(no, yes);
    const close = () => sheet.close("no");
    signal?.addEventListener("abort", close, { once: true });
    sheet.returnValue = "no";
    sheet.addEventListener("close", () => {
      signal?.removeEventListener("abort", close);
      resolve(sheet.returnValue === "yes");
    }, { once: true });
    sheet.showModal();
  }));
}

/** A text the person types; null where they refuse. @param {string} title @param {string} [given] @param {AbortSignal} [signal] */
export async function typed(title, given = "", signal) {
  const input = /** @type {HTMLInputElement} */ (made("input", { value: given, autocomplete: "off", id: "sheet-input" }));
  const label = made("label", {}, made("span", { textContent: title }), input);
  return (await ask(title, [label], signal)) ? input.value : null;
}

/**
 * The consent sheet: each scope apart, none ticked, the app's purpose word for word.
 * @param {string} app @param {any[]} scopes @param {AbortSignal} [signal]
 * @returns {Promise<{granted: string[], declined: string[]} | null>} null where the person closed it without an answer
 */
export async function consent(app, scopes, signal) {
  const boxes = scopes.map((one) => {
    const box = /** @type {HTMLInputElement} */ (made("input", { type: "checkbox", value: one.scope, required: !one.optional }));
    const told = made("span", {}, made("strong", { textContent: said(one.reveals) }), one.optional ? "" : ` ${t("required")}`, document.createElement("br"), said(one.purpose));
    return { box, label: made("label", {}, box, told), one };
  });
  const agreed = await ask(t("asks", { app }), boxes.map(({ label }) => label), signal);
  if (!agreed) return scopes.every((one) => one.optional) ? { granted: [], declined: scopes.map((one) => one.scope) } : null;
  const granted = boxes.filter(({ box }) => box.checked).map(({ one }) => one.scope);
  return { granted, declined: boxes.filter(({ box }) => !box.checked).map(({ one }) => one.scope) };
}

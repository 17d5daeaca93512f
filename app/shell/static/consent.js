// @ts-check
// Asks for what an app wants to know or do: every scope by itself, in the app's own words, nothing ticked beforehand.

import { call, Refused } from "./session.js";
import { el, language, sheet, words } from "./sheets.js";

/** The mark of a purpose: SHA-256 over its canonical JSON (RFC 8785). */
async function mark(scope, purpose) {
  const text = JSON.stringify({ en: purpose.en, scope, vi: purpose.vi });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** The scopes of a manifest as the sheet shows them. */
export const asked = (manifest, scopes) => Promise.all(
  manifest.hs.scopes.filter((one) => scopes.includes(one.scope))
    .map(async (one) => ({ ...one, reveals: words.reveals[one.scope], purpose_hash: await mark(one.scope, one.purpose) })),
);

/** What the person ticked and left; rejects when they close the sheet. */
export function consult(name, scopes, options) {
  return sheet(words.consent_title.replace("{name}", name), (settle) => {
    const rows = scopes.map((one) => {
      const box = el("input", { type: "checkbox", id: `scope-${one.scope}` });
      const reveals = typeof one.reveals === "string" ? one.reveals : one.reveals[language];
      const label = el("label", { for: box.id }, el("strong", {}, reveals), el("span", { class: "purpose" }, one.purpose[language]),
        el("small", {}, one.optional ? words.optional : words.required));
      return { one, box, row: el("li", {}, box, label) };
    });
    const yes = el("button", { type: "button" }, words.agree);
    const judge = () => { yes.toggleAttribute("disabled", rows.some(({ one, box }) => !one.optional && !box.checked)); };
    yes.addEventListener("click", () => {
      const answer = (ticked) => rows.filter(({ box }) => box.checked === ticked).map(({ one }) => ({ scope: one.scope, purpose_hash: one.purpose_hash }));
      settle({ granted: answer(true), declined: answer(false) });
    });
    for (const { box } of rows) box.addEventListener("change", judge);
    judge();
    return [el("p", {}, words.consent_lead), el("ul", { class: "scopes" }, ...rows.map(({ row }) => row)), yes];
  }, options);
}

/** Open an app for the person; asks first what must be asked. Throws Refused, and DENIED where the person said no. */
export async function launch(appId, name, body) {
  try {
    return await call("POST", `/v1/miniapps/${appId}/launch`, body);
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "miniapps.consent_required") throw error;
    await call("POST", `/v1/miniapps/${appId}/consent`, await consult(name, error.problem.scopes));
    return call("POST", `/v1/miniapps/${appId}/launch`, body);
  }
}

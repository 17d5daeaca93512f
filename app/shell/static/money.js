// @ts-check
// Payments: the person sees the sum, the payee and the bank's QR code in the shell's own sheet, and pays in their banking app.

import { ask, call } from "./session.js";
import { el, language, sheet, words } from "./sheets.js";
import { BridgeError, CODES } from "/assets/js/host.js";

const ID = /^[0-9a-f-]{36}$/;

export function money(app, base) {
  /** A payment of this app and this person; any other is not there. */
  const own = async (intent) => {
    if (!ID.test(intent)) throw new BridgeError(CODES.PARAMS, "intent is a payment's id");
    const found = await call("GET", `/v1/me/payments/${intent}`);
    if (!found.reference.startsWith(`${app.id}/`)) throw new BridgeError(CODES.PARAMS, "no such payment");
    return found;
  };

  const made = async ({ intent, amount, description, reference }) => {
    if (intent) return own(intent);
    if (!Number.isInteger(amount) || !description?.vi || !description?.en || !reference) throw new BridgeError(CODES.PARAMS, "intent, or amount, description and reference");
    const body = { amount, description: { vi: description.vi, en: description.en }, reference };
    const created = await call("POST", `${base}/payments`, body, { headers: { "Idempotency-Key": `${app.id}:${reference}` } });
    return own(created.id);
  };

  return {
    "pay.create": async (params, told) => {
      const payment = await made(params);
      if (payment.state !== "created") return { intent: payment.id, state: payment.state };
      const drawn = URL.createObjectURL(await (await ask("GET", `/v1/me/payments/${payment.id}/qr.svg`)).blob());
      const sum = new Intl.NumberFormat(language === "en" ? "en-GB" : "vi-VN").format(payment.amount);
      try {
        return await sheet(words.pay_title.replace("{name}", app.name), (settle, dialog) => {
          const look = async () => {
            if (!dialog.isConnected) return;
            const { state } = await own(payment.id).catch(() => payment);
            if (state === "created") setTimeout(look, 2000);
            else settle({ intent: payment.id, state });
          };
          setTimeout(look, 2000);
          return [
            el("p", { class: "sum" }, `${sum} ₫`), el("p", {}, payment.payee), el("p", {}, payment.description),
            el("img", { src: drawn, alt: words.pay_qr, width: "240", height: "240" }), el("p", {}, words.pay_text),
            el("button", { type: "button", onclick: () => settle({ intent: payment.id, state: "created" }) }, words.pay_later),
          ];
        }, told);
      } finally {
        URL.revokeObjectURL(drawn);
      }
    },
    "pay.status": async ({ intent }) => {
      const { id, state } = await own(intent);
      return { intent: id, state };
    },
  };
}

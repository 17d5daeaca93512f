// @ts-check
/** Payments: an intent of the city's, which the person approves in the host's own sheet. The result that counts is the webhook's. */

import { events, Events } from "./events.js";
import { api, AppError, unsupported } from "./host.js";

/** `amount` in đồng. `mac` is Zalo's and means nothing here; the backend checks amount and reference when `payment.succeeded` comes. */
const order = async (/** @type {any} */ args, /** @type {import("../bridge.js").Bridge} */ hs) => {
  const amount = Number(args.amount);
  if (!Number.isInteger(amount) || amount <= 0) throw new AppError(-1400, "amount is whole đồng", "createOrder");
  const desc = String(args.desc ?? "").slice(0, 200) || "Thanh toán";
  const reference = referenceOf(args.extradata) ?? crypto.randomUUID();
  const made = await hs.pay.create({ amount, description: { vi: desc, en: desc }, reference });
  events.emit(Events.PaymentDone, { orderId: made.intent });
  return { orderId: made.intent, transId: made.intent, messageToken: "" };
};

/** @param {unknown} extra @returns {string | undefined} */
function referenceOf(extra) {
  try {
    const told = typeof extra === "string" ? JSON.parse(extra) : extra;
    const name = told?.reference ?? told?.orderId ?? told?.myTransactionId;
    return typeof name === "string" && /^[A-Za-z0-9._:-]{1,100}$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

const status = async (/** @type {any} */ args, /** @type {import("../bridge.js").Bridge} */ hs) => {
  const data = typeof args.data === "string" ? args.data : (args.data?.orderId ?? "");
  const intent = data.startsWith("{") ? String(JSON.parse(data).orderId ?? "") : data;
  const found = await hs.pay.status({ intent });
  const resultCode = found.state === "settled" ? 1 : found.state === "created" ? 0 : -1;
  const at = String(Date.now());
  const told = { orderId: intent, transId: intent, resultCode, transTime: at, createdAt: at, method: "VIETQR", isCustom: false };
  return { err: 0, msg: found.state, ...told };
};

export const createOrder = api("createOrder", order);
export const purchase = api("purchase", order);
export const checkTransaction = api("checkTransaction", status);
/** There is one way, and the person sees it in the host's sheet. */
export const selectPaymentMethod = api("selectPaymentMethod", async () => ({ method: "VIETQR", isCustom: false, displayName: "VietQR", subMethod: "", logo: "" }));
export const createOrderIAP = unsupported("createOrderIAP");

export const Payment = Object.freeze({ createOrder, purchase, checkTransaction, selectPaymentMethod, createOrderIAP });
export const CheckoutSDK = Payment;
export const CheckoutKit = Payment;

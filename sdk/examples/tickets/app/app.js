// The backend makes the order and its payment; the host's own sheet asks the person to pay; the ticket counts when the backend says so.
import { BridgeError, connect } from "./hs/bridge.js";

const WORDS = {
  vi: { title: "Vé sự kiện", mine: "Vé của tôi", buy: "Mua", left: "còn {left} chỗ", paid: "đã trả", waiting: "chờ trả", outside: "Hãy mở trong HanoiSmart." },
  en: { title: "Event tickets", mine: "My tickets", buy: "Buy", left: "{left} seats left", paid: "paid", waiting: "to be paid", outside: "Open it in HanoiSmart." },
};
const at = (id) => document.getElementById(id);
const made = (tag, set, ...inner) => {
  const one = Object.assign(document.createElement(tag), set);
  one.append(...inner);
  return one;
};

async function start() {
  const hs = await connect({ appInfo: { name: "vn.example.tickets" } });
  const locale = hs.context.locale;
  const words = WORDS[locale] ?? WORDS.vi;
  document.documentElement.lang = locale;
  for (const id of ["title", "mine"]) at(id).textContent = words[id];
  const names = {};

  async function load() {
    const { items } = await (await hs.fetch("/events")).json();
    at("events").replaceChildren(...items.map((one) => {
      names[one.id] = one.name[locale];
      const buy = made("button", { type: "button", textContent: words.buy, disabled: one.left < 1 });
      buy.addEventListener("click", () => order(one.id));
      return made("li", {}, `${one.name[locale]} · ${one.price.toLocaleString("vi-VN")} ₫ · ${words.left.replace("{left}", one.left)} `, buy);
    }));
    const own = await (await hs.fetch("/tickets")).json();
    at("tickets").replaceChildren(...own.items.map((one) => made("li", { textContent: `${names[one.event]}: ${one.paid ? words.paid : words.waiting}` })));
  }

  async function order(id) {
    const answer = await hs.fetch(`/tickets/${id}`, { method: "POST" });
    const told = await answer.json();
    if (!answer.ok) {
      at("status").textContent = told.detail?.code ?? told.code;
      return;
    }
    try {
      await hs.pay.create({ intent: told.intent });
    } catch (refused) {
      if (!(refused instanceof BridgeError)) throw refused;
      at("status").textContent = refused.message;
    }
    await load();
  }

  await load();
}

start().catch((refused) => {
  at("status").textContent = refused instanceof BridgeError ? `${WORDS.vi.outside} / ${WORDS.en.outside}` : String(refused);
});

// A list the person keeps with this app: every call goes over the bridge, and every call may be refused.
import { BridgeError, connect } from "./hs/bridge.js";

const WORDS = {
  vi: { title: "Danh sách của tôi", label: "Thêm", save: "Lưu", scan: "Quét mã QR", empty: "Chưa có gì.", outside: "Hãy mở trong HanoiSmart." },
  en: { title: "My list", label: "Add", save: "Save", scan: "Scan a QR code", empty: "Nothing yet.", outside: "Open it in HanoiSmart." },
};
const at = (id) => document.getElementById(id);

function show(items, words) {
  at("items").replaceChildren(...items.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  at("status").textContent = items.length ? "" : words.empty;
}

async function start() {
  const hs = await connect({ appInfo: { name: "__APP_ID__" } });
  const words = WORDS[hs.context.locale] ?? WORDS.vi;
  document.documentElement.lang = hs.context.locale;
  for (const id of ["title", "label", "save", "scan"]) at(id).textContent = words[id];
  const items = (await hs.storage.get({ keys: ["items"] })).entries.items ?? [];
  show(items, words);

  async function add(text) {
    items.push(text);
    await hs.storage.set({ entries: { items } });
    show(items, words);
    await hs.ui.toast({ text });
  }

  at("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    at("text").value = "";
    if (text) await add(text);
  });
  at("scan").addEventListener("click", async () => {
    try {
      await add((await hs.scan.qr()).text);
    } catch (refused) {
      if (!(refused instanceof BridgeError)) throw refused;
      at("status").textContent = refused.message;
    }
  });
}

start().catch((refused) => {
  at("status").textContent = refused instanceof BridgeError ? `${WORDS.vi.outside} / ${WORDS.en.outside}` : String(refused);
});

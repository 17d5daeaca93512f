// The list comes from the backend through the gateway; the person's own ward only after they agreed.
import { BridgeError, connect } from "./hs/bridge.js";

const WORDS = {
  vi: { title: "Phường/xã của tôi", label: "Tìm", mine: "Bạn ở {name}", unknown: "Chưa biết phường, xã của bạn", outside: "Hãy mở trong HanoiSmart." },
  en: { title: "My ward", label: "Search", mine: "You live in {name}", unknown: "Your ward is not known", outside: "Open it in HanoiSmart." },
};
const at = (id) => document.getElementById(id);

async function start() {
  const hs = await connect({ appInfo: { name: "vn.example.wards" } });
  const words = WORDS[hs.context.locale] ?? WORDS.vi;
  document.documentElement.lang = hs.context.locale;
  for (const id of ["title", "label"]) at(id).textContent = words[id];

  async function search() {
    const { items } = await (await hs.fetch(`/wards?q=${encodeURIComponent(at("q").value)}`)).json();
    at("wards").replaceChildren(...items.map((one) => Object.assign(document.createElement("li"), { textContent: one.name })));
  }

  at("q").addEventListener("input", search);
  await search();
  const { ward } = await (await hs.fetch("/mine")).json();
  at("mine").textContent = ward ? words.mine.replace("{name}", ward.name) : words.unknown;
}

start().catch((refused) => {
  at("mine").textContent = refused instanceof BridgeError ? `${WORDS.vi.outside} / ${WORDS.en.outside}` : String(refused);
});

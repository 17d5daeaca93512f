// Greetings between citizens: the page asks the backend through the gateway, and the backend knows who calls.
import { BridgeError, connect } from "./hs/bridge.js";

const WORDS = {
  vi: { title: "Lời chào", hello: "Xin chào, {name}!", friend: "bạn", label: "Viết lời chào", send: "Gửi", outside: "Hãy mở trong HanoiSmart." },
  en: { title: "Greetings", hello: "Hello, {name}!", friend: "friend", label: "Write a greeting", send: "Send", outside: "Open it in HanoiSmart." },
};
const at = (id) => document.getElementById(id);

function show(greetings) {
  const line = ({ name, text }) => Object.assign(document.createElement("li"), { textContent: `${name}: ${text}` });
  at("greetings").replaceChildren(...greetings.map(line));
}

async function start() {
  const hs = await connect({ appInfo: { name: "__APP_ID__" } });
  const words = WORDS[hs.context.locale] ?? WORDS.vi;
  document.documentElement.lang = hs.context.locale;
  for (const id of ["title", "label", "send"]) at(id).textContent = words[id];
  const { name } = await hs.auth.getUser();
  at("hello").textContent = words.hello.replace("{name}", name ?? words.friend);

  async function load() {
    const response = await hs.fetch("/greetings");
    if (response.ok) show((await response.json()).items);
    else at("status").textContent = (await response.json()).code;
  }

  at("write").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    at("text").value = "";
    if (!text) return;
    const body = JSON.stringify({ text, name: name ?? words.friend });
    await hs.fetch("/greetings", { method: "POST", body, headers: { "Content-Type": "application/json" } });
    await load();
  });
  await load();
}

start().catch((refused) => {
  at("status").textContent = refused instanceof BridgeError ? `${WORDS.vi.outside} / ${WORDS.en.outside}` : String(refused);
});

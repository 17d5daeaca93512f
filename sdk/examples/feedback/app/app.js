// Feedback that a person writes little by little: drafts lie in the host's storage and are theirs alone.
import { BridgeError, connect } from "./hs/bridge.js";
import { added, TOPICS, without } from "./drafts.js";

const WORDS = {
  vi: { title: "Góp ý", "about-label": "Về việc", "text-label": "Nội dung", attach: "Đính kèm ảnh", keep: "Lưu nháp", kept: "Đã lưu", remove: "Xóa",
    street: "Đường phố", park: "Công viên", noise: "Tiếng ồn", other: "Việc khác", outside: "Hãy mở trong HanoiSmart." },
  en: { title: "Feedback", "about-label": "About", "text-label": "Text", attach: "Attach a picture", keep: "Keep the draft", kept: "Kept", remove: "Remove",
    street: "Streets", park: "Parks", noise: "Noise", other: "Something else", outside: "Open it in HanoiSmart." },
};
const at = (id) => document.getElementById(id);
const made = (tag, set, ...inner) => {
  const one = Object.assign(document.createElement(tag), set);
  one.append(...inner);
  return one;
};

async function start() {
  const hs = await connect({ appInfo: { name: "vn.example.feedback" } });
  const words = WORDS[hs.context.locale] ?? WORDS.vi;
  document.documentElement.lang = hs.context.locale;
  for (const id of ["title", "about-label", "text-label", "attach", "keep"]) at(id).textContent = words[id];
  at("about").append(...TOPICS.map((topic) => new Option(words[topic], topic)));
  let drafts = (await hs.storage.get({ keys: ["drafts"] })).entries.drafts ?? [];
  let pictures = [];

  async function keep(next) {
    drafts = next;
    await hs.storage.set({ entries: { drafts } });
    show();
  }

  function show() {
    at("attached").textContent = pictures.join(", ");
    at("drafts").replaceChildren(...drafts.map((one, index) => {
      const remove = made("button", { type: "button", textContent: words.remove });
      remove.addEventListener("click", () => keep(without(drafts, index)));
      return made("li", {}, made("strong", { textContent: words[one.about] }), ` ${one.text} ${one.pictures.join(", ")} `, remove);
    }));
  }

  at("attach").addEventListener("click", async () => {
    try {
      const { files } = await hs.media.pick({ kind: "photo", count: 3 });
      pictures = files.map((one) => one.name);
    } catch (refused) {
      if (!(refused instanceof BridgeError)) throw refused;
      at("status").textContent = refused.message;
    }
    show();
  });
  at("write").addEventListener("submit", async (event) => {
    event.preventDefault();
    const next = added(drafts, { about: at("about").value, text: at("text").value, pictures }, new Date().toISOString());
    at("text").value = "";
    pictures = [];
    await keep(next);
    await hs.ui.toast({ text: words.kept });
  });
  show();
}

start().catch((refused) => {
  at("status").textContent = refused instanceof BridgeError ? `${WORDS.vi.outside} / ${WORDS.en.outside}` : String(refused);
});

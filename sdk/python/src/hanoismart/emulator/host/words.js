// @ts-check
/** Everything the host page says, in both languages side by side. */

const WORDS = {
  citizen: { vi: "Công dân", en: "Citizen" },
  language: { vi: "Ngôn ngữ", en: "Language" },
  network: { vi: "Mạng", en: "Network" },
  fast: { vi: "nhanh", en: "fast" },
  open: { vi: "Mở lại", en: "Open again" },
  kill: { vi: "Công tắc ngắt", en: "Kill switch" },
  revive: { vi: "Bật lại", en: "Switch on" },
  findings: { vi: "Lỗi và cảnh báo", en: "Findings" },
  missing: { vi: "Thiếu trong manifest", en: "Missing in the manifest" },
  launch: { vi: "Dữ liệu mở ứng dụng", en: "Launch data" },
  start_param: { vi: "Tham số mở", en: "Start parameter" },
  webhooks: { vi: "Gửi webhook", en: "Send a webhook" },
  type: { vi: "Loại", en: "Type" },
  data: { vi: "Dữ liệu (JSON)", en: "Data (JSON)" },
  send: { vi: "Gửi", en: "Send" },
  withdraw: { vi: "Rút lại sự đồng ý", en: "Withdraw consent" },
  money: { vi: "Thanh toán và thông báo", en: "Payments and notifications" },
  log: { vi: "Nhật ký", en: "Log" },
  agree: { vi: "Đồng ý", en: "Agree" },
  refuse: { vi: "Từ chối", en: "Refuse" },
  close: { vi: "Đóng", en: "Close" },
  asks: { vi: "{app} xin phép", en: "{app} asks" },
  required: { vi: "(bắt buộc)", en: "(required)" },
  needed: { vi: "Cần đồng ý để mở ứng dụng.", en: "The app opens only after you agree." },
  assurance: { vi: "Công dân này chưa xác thực danh tính.", en: "This citizen is not verified." },
  suspended: { vi: "Ứng dụng đang bị ngắt: {reason}", en: "The app is switched off: {reason}" },
  qr: { vi: "Nội dung mã QR", en: "What the QR code says" },
  phone: { vi: "Chia sẻ số điện thoại qua mã dùng một lần?", en: "Share your telephone number by a one-time code?" },
  pay: { vi: "Thanh toán {amount} đồng: {words}?", en: "Pay {amount} đồng: {words}?" },
  place: { vi: "Vĩ độ, kinh độ", en: "Latitude, longitude" },
  share: { vi: "Chia sẻ: {what}", en: "Share: {what}" },
  shortcut: { vi: "Tạo lối tắt cho ứng dụng?", en: "Make a shortcut to the app?" },
  rate: { vi: "Đánh giá từ 1 đến 5", en: "Rate it from 1 to 5" },
  follow: { vi: "Quan tâm trang của cơ quan?", en: "Follow the agency's page?" },
  chat: { vi: "Mở cuộc trò chuyện?", en: "Open a conversation?" },
  notify: { vi: "Nhận mỗi thông báo sau một lần?", en: "Get each of these notifications once?" },
  leave: { vi: "Mở địa chỉ ngoài: {url}?", en: "Open an outside address: {url}?" },
  pick: { vi: "Chọn tệp", en: "Choose files" },
  save: { vi: "Lưu {name} vào thiết bị?", en: "Save {name} to the device?" },
  none: { vi: "Không có gì.", en: "Nothing." },
  paste: { vi: "Thêm vào manifest.json:", en: "Add to manifest.json:" },
};

let language = localStorage.getItem("hs.language") === "en" ? "en" : "vi";

export function chosen() {
  return language;
}

/** @param {string} to */
export function choose(to) {
  language = to === "en" ? "en" : "vi";
  localStorage.setItem("hs.language", language);
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(/** @type {HTMLElement} */ (one).dataset.t ?? "");
}

/** @param {string} key @param {Record<string, unknown>} [values] */
export function t(key, values = {}) {
  const words = /** @type {any} */ (WORDS)[key]?.[language] ?? key;
  return words.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => String(values[name] ?? ""));
}

/** @param {{vi?: string, en?: string} | null | undefined} text */
export function said(text) {
  return (text && (language === "en" ? text.en : text.vi)) || "";
}

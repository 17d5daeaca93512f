// What a draft is, apart from the page: easy to read, easy to test.

export const TOPICS = ["street", "park", "noise", "other"];
export const MOST = 20;

/** A new draft at the front; the oldest goes where there are too many. */
export function added(drafts, { about, text, pictures = [] }, at) {
  const words = text.trim();
  if (!words || !TOPICS.includes(about)) return drafts;
  return [{ about, text: words.slice(0, 2000), pictures: pictures.slice(0, 3), at }, ...drafts].slice(0, MOST);
}

export function without(drafts, index) {
  return drafts.filter((_, place) => place !== index);
}

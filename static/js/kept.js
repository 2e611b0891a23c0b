// What is being written is kept in this tab, and in the memory of the page as long as the tab has no room for it.
import { notify } from "./notices.js";
import { read, write } from "./storage.js";

const unkept = new Map();

export const kept = (key) => unkept.get(key) ?? read(sessionStorage, key);
export const hasUnkept = () => unkept.size > 0;

/** Keep a value, or with nothing let go of it. */
export function keep(key, value = null) {
  if (write(sessionStorage, key, value)) return unkept.delete(key);
  if (!unkept.has(key)) notify("not-kept");
  unkept.set(key, value);
}

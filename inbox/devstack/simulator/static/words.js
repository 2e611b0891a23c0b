// Names, times and numbers in the few forms the page shows them in.

export function initials(name) {
  const words = name.replace(/[^\p{L}\p{N} ]/gu, "").split(" ").filter(Boolean);
  const letters = words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...(words[0] ?? "?")][0];
  return letters.toUpperCase();
}

/** A number from 0 to 7 that stays the same for a name: the avatar's colour. */
export function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 8;
  return sum;
}

export const time = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en", { hourCycle: "h23" });

export function day(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date();
  const days = Math.round((today.setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString("en", { weekday: "short", day: "numeric", month: "long", year: "numeric" });
}

/** How long that many seconds are: “23 h 59 min”, “4 min”, “42 s”. */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 2) return `${Math.ceil(seconds)} s`;
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

export const seconds = (count) => `${Math.floor(count / 60)}:${String(Math.floor(count % 60)).padStart(2, "0")}`;

export const money = (amount, currency) =>
  currency ? new Intl.NumberFormat("en", { style: "currency", currency }).format(amount) : `${amount}`;

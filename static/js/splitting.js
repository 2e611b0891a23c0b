// How long a text is for a channel, and how many messages it makes. The server cuts it (channels_adapters/splitting.py);
// this counts the same way.

/** How many messages go out at once. */
export const MOST = 10;

const encoder = new TextEncoder();
const MARKS = ["\n\n", "\n", "。", ". ", " "];
const LONGEST_SEQUENCE = 20;

// White space as the server sees it, which is not quite what `trim` takes.
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const STARTS = new RegExp(`^${SPACE}`);
const ENDS = new RegExp(`${SPACE}$`);

// What belongs to the character before it: marks, joiners, skin tones, tags. Two of the letters of flags are one flag.
const CONTINUES = /^[\p{M}\u200d\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]/u;
const FLAG = /^[\u{1f1e6}-\u{1f1ff}]/u;

/** A text as the server keeps it. */
export const cleaned = (text) => text.replaceAll("\0", "").replaceAll("\r\n", "\n").replace(STARTS, "").replace(ENDS, "");

export const lengthOf = (text, unit) => (unit === "bytes" ? encoder.encode(text).length : [...text].length);

/** Count the messages of at most `limit` units each. */
export function countMessages(text, limit, unit) {
  let count = 0;
  let rest = text;
  while (lengthOf(rest, unit) > limit) {
    const characters = [...rest];
    const cut = goodCut(characters, longestPrefix(characters, limit, unit));
    const part = characters.slice(0, cut).join("");
    if (part.replace(ENDS, "")) count += 1;
    rest = rest.slice(part.length).replace(STARTS, "");
  }
  return rest ? count + 1 : count;
}

function longestPrefix(characters, limit, unit) {
  if (unit !== "bytes") return limit;
  let used = 0;
  return characters.findIndex((character) => (used += encoder.encode(character).length) > limit);
}

/** Where to cut at or before `end`: after a paragraph, line, sentence or word in the last half, if there is any. */
function goodCut(characters, end) {
  for (const mark of MARKS) {
    const isSpace = !mark.trim();
    const found = lastOf(mark, characters, Math.floor(end / 2), isSpace ? end + 1 : end);
    if (found > 0) return isSpace ? found : Math.min(found + mark.length, end);
  }
  const lowest = Math.max(end - LONGEST_SEQUENCE, 0);
  let cut = end;
  while (cut > lowest && belongsTogether(characters, cut)) cut -= 1;
  return cut > lowest ? cut : end;
}

/** The last place of a mark that begins at `from` or later and ends before `to`; -1 if there is none. */
function lastOf(mark, characters, from, to) {
  for (let place = Math.min(to, characters.length) - mark.length; place >= from; place -= 1) {
    if (characters[place] === mark[0] && (mark.length === 1 || characters[place + 1] === mark[1])) return place;
  }
  return -1;
}

function belongsTogether(characters, cut) {
  const [before, after] = [characters[cut - 1], characters[cut]];
  if (CONTINUES.test(after) || before === "\u200d") return true;
  if (!FLAG.test(before) || !FLAG.test(after)) return false;
  let letters = 1;
  while (FLAG.test(characters[cut - 1 - letters] ?? "")) letters += 1;
  return letters % 2 === 1;
}

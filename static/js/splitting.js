// How long a text is for a channel, and how many messages it makes. The server cuts it (channels_adapters/splitting.py);
// this counts the same way, but for whole emoji at the very edge of a message.

const encoder = new TextEncoder();
const MARKS = ["\n\n", "\n", "。", ". ", " "];

export const lengthOf = (text, unit) => (unit === "bytes" ? encoder.encode(text).length : [...text].length);

/** Count the messages of at most `limit` units each. */
export function countMessages(text, limit, unit) {
  let count = 0;
  let rest = text;
  while (lengthOf(rest, unit) > limit) {
    const end = longestPrefix(rest, limit, unit);
    const cut = goodCut(rest, end);
    if (rest.slice(0, cut).trim()) count += 1;
    rest = rest.slice(cut).trimStart();
  }
  return rest ? count + 1 : count;
}

function longestPrefix(text, limit, unit) {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += unit === "bytes" ? encoder.encode(character).length : 1;
    if (used > limit) return end;
    end += character.length;
  }
  return end;
}

/** Where to cut at or before `end`: after a paragraph, line, sentence or word in the last half, if there is any. */
function goodCut(text, end) {
  const half = [...text.slice(0, end)].slice(0, Math.floor([...text.slice(0, end)].length / 2)).join("").length;
  for (const mark of MARKS) {
    const isSpace = !mark.trim();
    const found = text.slice(0, isSpace ? end + 1 : end).lastIndexOf(mark);
    if (found >= half && found > 0) return isSpace ? found : Math.min(found + mark.length, end);
  }
  return end;
}

// How well what was typed fits a name: all its letters in their order, best where words begin and where they stand together.

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** The fit of one name, higher is better; -1 for none. */
export function fit(typed, name) {
  const wanted = fold(typed.trim());
  const text = fold(name);
  if (!wanted) return 0;
  const place = text.indexOf(wanted);
  if (place >= 0) return 1000 - place - text.length / 100 + (startsWord(text, place) ? 500 : 0);
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const found = text.indexOf(letter, from);
    if (found < 0) return -1;
    score += found === from ? 3 : startsWord(text, found) ? 2 : -0.1 * (found - from);
    from = found + letter.length;
  }
  return score > wanted.length ? score : -1;
}

const startsWord = (text, place) => place === 0 || !/[\p{L}\p{N}]/u.test(text[place - 1]);

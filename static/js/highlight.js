// The words that were searched for, marked where a search was opened at: what counts as the same letter is what the
// server's `folding` says. The address keeps the search.
const MOST_WORDS = 8;
const LETTERS = { ø: "o", đ: "d", ł: "l", ı: "i", ß: "ss", æ: "ae", œ: "oe" };
const ACCENTS = /[\u0300-\u036f]/g;

const bare = (text) => text.normalize("NFKC").toLowerCase().normalize("NFD").replace(ACCENTS, "").normalize("NFC");
const fold = (text) => [...text].map((character) => [...bare(character)].map((each) => LETTERS[each] ?? each).join("")).join("");

function wordsInAddress() {
  const asked = new URLSearchParams(new URLSearchParams(location.search).get("search") ?? "").get("q") ?? "";
  return asked.split(/\s+/u).slice(0, MOST_WORDS).map(fold).filter(Boolean);
}

/** Return the folded text of an element, and for each of its letters where in the page it stands. */
function read(element) {
  let text = "";
  const places = [];
  const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    let start = 0;
    for (const character of nodes.currentNode.data) {
      const end = start + character.length;
      const folded = fold(character);
      for (let index = 0; index < folded.length; index += 1) places.push([nodes.currentNode, start, end]);
      text += folded;
      start = end;
    }
  }
  return { text, places };
}

function* rangesIn(element, words) {
  const { text, places } = read(element);
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      const range = new StaticRange({
        startContainer: places[at][0],
        startOffset: places[at][1],
        endContainer: places[at + word.length - 1][0],
        endOffset: places[at + word.length - 1][2],
      });
      yield range;
    }
  }
}

/** Mark the words in what was found; `parts` are where its text stands. Where there are none, it is tinted as a whole. */
export function markHit(hit, parts) {
  const words = wordsInAddress();
  const ranges = CSS.highlights ? [...hit.querySelectorAll(parts)].flatMap((part) => [...rangesIn(part, words)]) : [];
  if (ranges.length) CSS.highlights.set("found", new Highlight(...ranges));
  else CSS.highlights?.delete("found");
  hit.dataset.hit = ranges.length ? "words" : "";
}

// Escape empties the search field. The address keeps what was searched for, so that a reload or a step back
// shows the same results. What was found is said aloud in the words of its headings.
import { load } from "./loading.js";
import { byId, composes, onContent } from "./page.js";
import { localise } from "./times.js";

const field = () => byId("search-text");
const results = () => byId("search-results");

function recall() {
  const asked = new URLSearchParams(location.search).get("search");
  if (!field() || !asked || results().dataset.asked || field().value) return;
  results().dataset.asked = asked;
  field().value = new URLSearchParams(asked).get("q") ?? "";
  load("GET", `${byId("search").action}?${asked}`, results(), { swap: "innerHTML" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || composes(event) || !field()) return;
  if (event.key === "Escape" && event.target === field() && field().value) {
    event.preventDefault();
    field().value = "";
    field().dispatchEvent(new Event("input", { bubbles: true }));
  }
});

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target !== results()) return;
  const words = [...results().querySelectorAll(".found-title, .search-note, .empty strong")];
  byId("search-said").textContent = words.map(({ textContent }) => textContent.trim()).join("; ");
});
onContent(recall);

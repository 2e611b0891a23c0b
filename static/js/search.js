// Escape empties the search field. The address keeps what was searched for, so that a reload or a step back
// shows the same results.
import { byId, onContent } from "./page.js";
import { localise } from "./times.js";

const field = () => byId("search-text");
const results = () => byId("search-results");

function recall() {
  const asked = new URLSearchParams(location.search).get("search");
  if (!field() || !asked || results().dataset.asked || field().value) return;
  results().dataset.asked = asked;
  field().value = new URLSearchParams(asked).get("q") ?? "";
  htmx.ajax("GET", `${byId("search").action}?${asked}`, { target: "#search-results", swap: "innerHTML" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !field()) return;
  if (event.key === "Escape" && event.target === field() && field().value) {
    event.preventDefault();
    field().value = "";
    field().dispatchEvent(new Event("input", { bubbles: true }));
  }
});

onContent(recall);

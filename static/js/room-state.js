// The open chat's state for this viewer: frames do not know who looks, so what is "mine" is decided here.
import { onContent, roomList } from "./page.js";

function paintMine() {
  const state = document.querySelector(".room-state");
  state?.toggleAttribute("data-mine", state.dataset.assignee === roomList()?.dataset.member);
}

onContent(paintMine);
document.addEventListener("replaced", paintMine);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (form.matches("form.assign")) form.reset(); // back to "Assign to…": the state says who it is now
});

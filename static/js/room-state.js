// The open chat's state for this viewer: frames do not know who looks, so what is "mine" is decided here.
import { byId, onContent, roomList } from "./page.js";

function paintMine() {
  const state = document.querySelector(".room-state");
  state?.toggleAttribute("data-mine", state.dataset.assignee === roomList()?.dataset.member);
  if (state) tellWhoMayReply(state);
}

/** Where only the assignee may reply, everybody else reads so before they write. */
function tellWhoMayReply(state) {
  const bar = byId("reply-right");
  if (!bar) return;
  const name = state.querySelector(".room-assignee-name")?.textContent;
  const words = name ? bar.dataset.other.replace("{name}", () => name) : bar.dataset.nobody;
  bar.hidden = state.hasAttribute("data-mine");
  if (bar.textContent !== words) bar.textContent = words;
}

onContent(paintMine);
document.addEventListener("replaced", paintMine);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (form.matches("form.assign")) form.reset(); // back to "Assign to…": the state says who it is now
});

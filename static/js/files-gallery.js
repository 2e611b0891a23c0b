// From a file of the gallery to its message: where it is, if the chat shows it, else on the page of its time.
import { byId, root } from "./page.js";

const WIDE = matchMedia("(width >= 1120px)");

/** Put away what covers the chat on a narrow page. */
export function showChat() {
  if (!WIDE.matches && root.dataset.functions === "open") document.querySelector('[data-toggle="functions"]').click();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-jump]");
  const message = link && byId(link.dataset.jump);
  if (!message || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  showChat();
  location.hash = message.id; // marks it, too
  message.scrollIntoView({ block: "center" });
});

// Handing a file on: the chats to choose from open above the composer, where one sees them.
import { showChat } from "./files-gallery.js";
import { load } from "./loading.js";
import { byId } from "./page.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-forwards]");
  const slot = byId("composer-templates");
  if (!link || !slot || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  byId("lightbox")?.close();
  showChat();
  load("GET", link.href, slot, { swap: "innerHTML" });
});

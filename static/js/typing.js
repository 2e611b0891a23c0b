// Tells the customer that somebody is typing, where the channel can show it; again only when that would have gone out.
import { writing } from "./csrf.js";
import { openRoomId } from "./page.js";

const told = new Map(); // room id -> when

document.addEventListener("input", ({ target }) => {
  if (target.id !== "composer-text" || !target.value.trim()) return;
  const { typingUrl, typingSeconds } = target.form.dataset;
  const now = Date.now();
  if (!typingUrl || now - (told.get(openRoomId()) ?? 0) < typingSeconds * 1000) return;
  told.set(openRoomId(), now);
  fetch(typingUrl, {
    method: "POST",
    headers: { "HX-Request": "true", ...writing() },
  }).catch(() => {}); // a courtesy: nobody waits for it
});

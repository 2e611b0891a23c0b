// "Draft" in the rows of chats in which this member has begun to write. Rows are the same for everybody, so the page asks
// which these are, and hears of what is written in it.
import { asking } from "./csrf.js";
import { byId, onContent, roomList } from "./page.js";

let begun = new Set();

function paint() {
  for (const row of roomList()?.querySelectorAll(".row") ?? []) {
    row.querySelector(".row-draft").hidden = !begun.has(row.dataset.room);
  }
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(byId("main").dataset.draftsUrl, { headers: asking() });
    if (!answer.ok || answer.redirected) return;
    begun = new Set((await answer.json()).rooms.map(String));
    paint();
  } catch {
    // Offline: asked again when the page is looked at.
  }
}

document.addEventListener("draft-kept", ({ detail: { room, isEmpty } }) => {
  if (begun.has(room) !== isEmpty) return;
  if (isEmpty) begun.delete(room);
  else begun.add(room);
  paint();
});
document.addEventListener("replaced", ({ target }) => target.matches(".row") && paint());
document.addEventListener("visibilitychange", ask);
onContent(paint);
ask();

// The notes beside the chat: the list follows live changes, and what is being written survives all of them and a reload.
import { openFunction } from "./functions.js";
import { markHit } from "./highlight.js";
import { keep, kept } from "./kept.js";
import { byId, onContent, openRoomId } from "./page.js";

const key = (form) => `note:${byId("main").dataset.member}:${form.dataset.draft}`;

/** Open the notes and write in their box as soon as it is there. */
export function openNotes() {
  openFunction("notes");
  const focus = () => {
    byId("note-text")?.focus();
    return Boolean(byId("note-text"));
  };
  if (focus()) return;
  const waiting = () => focus() && document.removeEventListener("htmx:load", waiting);
  document.addEventListener("htmx:load", waiting);
  setTimeout(() => document.removeEventListener("htmx:load", waiting), 5000);
}

// The count on the rail comes with every change of a note, and says by its version that there was one.
let version = "";
let room = "";
function look(mark) {
  const isNews = room === openRoomId() && mark.dataset.version !== version;
  room = openRoomId();
  version = mark.dataset.version;
  if (isNews && byId("note-list")) htmx.trigger(byId("note-list"), "notes-changed");
}

document.addEventListener("replaced", ({ target }) => target.id === `room-${openRoomId()}-notes` && look(target));

function save(form) {
  const { text, client_id: clientId } = form.elements;
  const isAsStored = text.value === text.defaultValue && !text.hasAttribute("aria-invalid");
  keep(key(form), isAsStored ? null : { text: text.value, clientId: clientId?.value ?? "" });
}

document.addEventListener("input", ({ target }) => target.id === "note-text" && save(target.form));

// Stored, or given up: the draft goes. After a refusal it stays, and the answer holds the text too.
document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
  if (xhr.status >= 300) return;
  if (elt.id === "note-form" || elt.matches("[data-note-stop]")) keep(key(byId("note-form")));
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "note-panel") byId("note-text")?.focus();
});

// The note that a search was opened at.
let hit = null;
onContent(() => {
  const found = document.querySelector("#note-list [data-hit]");
  if (!found || found === hit) return;
  hit = found;
  markHit(hit, ".note-text");
  hit.scrollIntoView({ block: "center" });
});

let current = null;
onContent(() => {
  const mark = byId(`room-${openRoomId()}-notes`);
  if (mark && room !== openRoomId()) look(mark);
  const form = byId("note-form");
  if (!form || form === current) return;
  current = form;
  const draft = kept(key(form));
  const { text, client_id: clientId } = form.elements;
  if (!draft || text.hasAttribute("aria-invalid")) return;
  text.value = draft.text;
  if (clientId && draft.clientId) clientId.value = draft.clientId;
});

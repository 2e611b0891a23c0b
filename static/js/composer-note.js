// A note written in the place of an answer. It has a form, a box and a draft of its own, none of which the customer's
// messages know: whatever is written here goes to the team.
import { unsent } from "./composer.js";
import { writing } from "./csrf.js";
import { keep as keepInTab, kept } from "./kept.js";
import { kindOf, notify } from "./notices.js";
import { byId, composes, onContent, openRoomId } from "./page.js";

const TIMEOUT_MS = 10_000;

const box = () => byId("composer-note-text");
const part = (name) => byId("composer-note").querySelector(name);
const draftKey = () => `note:${byId("main").dataset.member}:room-${openRoomId()}`;

let current = null; // the box, of the open chat
let isSaving = false;

function choose(mode) {
  part(`[value=${mode}]`).checked = true;
}

/** Show what is written to the customer, if this chat can be answered. */
export const showAnswer = () => box() && choose("answer");

/** Say that the note takes no files. */
export const refuseFiles = () => say(byId("composer-note").dataset.noFiles);

/** Back to what the customer gets. */
export function writeReply() {
  choose("answer");
  byId("composer-text").focus();
}

function writeNote() {
  choose("note");
  box().focus();
}

function keep() {
  const { text, client_id: clientId } = box().form.elements;
  keepInTab(draftKey(), text.value ? { text: text.value, clientId: clientId.value } : null);
  part(".composer-note-begun").hidden = !text.value.trim();
}

function say(problem, done = "") {
  const line = part("[data-note-problem]");
  line.textContent = problem;
  line.hidden = !problem;
  part(".composer-note-said").textContent = done;
}

async function save(form) {
  const body = new FormData(form);
  body.delete("csrfmiddlewaretoken"); // the header's is fresh
  const [text, key] = [body.get("text"), draftKey()];
  const isOpen = () => form === box()?.form;
  if (!text.trim() || isSaving) return;
  isSaving = true;
  say("");
  try {
    const headers = { "HX-Request": "true", ...writing() };
    const signal = AbortSignal.timeout(TIMEOUT_MS); // what arrived all the same is known by its `client_id`
    const answer = await fetch(form.action, { method: "POST", body, headers, signal });
    if (answer.ok && !answer.redirected) forget(key, text);
    else if (answer.status === 422 && isOpen()) say(problemIn(await answer.text()));
    else notify(kindOf(answer.redirected ? 401 : answer.status));
  } catch {
    if (isOpen()) say(byId("notice-offline").content.textContent.trim()); // a notice goes with the next request that arrives
    else notify("offline"); // it is in its chat's draft
  } finally {
    isSaving = false;
  }
}

const problemIn = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("#note-error")?.textContent ?? "";

/** What has been typed since a note was sent off is the next one. */
function forget(key, text) {
  const clientId = crypto.randomUUID();
  if (!box() || key !== draftKey()) {
    const rest = unsent(kept(key)?.text ?? "", text); // another chat is open by now
    return keepInTab(key, rest ? { text: rest, clientId } : null);
  }
  const { elements } = box().form;
  elements.text.value = unsent(box().value, text);
  elements.client_id.value = clientId;
  keep();
  say("", part(".composer-note-said").dataset.kept);
}

document.addEventListener("input", ({ target }) => {
  if (!box() || target !== box()) return;
  keep();
  say("");
});
document.addEventListener("submit", (event) => {
  if (event.target !== box()?.form) return;
  event.preventDefault();
  save(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== box() || event.key !== "Enter" || event.shiftKey || composes(event)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// A colleague was chosen in the message box: what stands there was meant for them.
document.addEventListener("mentioned", ({ target }) => {
  const moved = target.value;
  target.value = "";
  target.dispatchEvent(new InputEvent("input", { bubbles: true }));
  box().value = [box().value, moved].filter(Boolean).join("\n");
  writeNote();
  keep();
});

document.addEventListener("click", ({ target, detail }) => {
  if (detail && target.matches?.("[name=composer-mode]")) (target.value === "note" ? writeNote : writeReply)();
});
// Whatever is brought into the message box is looked at there.
document.addEventListener("click", ({ target }) => target.closest("[data-reply], [data-hold], [data-undo]") && showAnswer(), true);
document.addEventListener("submit", ({ target }) => target.matches("[data-faq-insert]") && showAnswer(), true);

onContent(() => {
  if (!box() || box() === current) return;
  current = box();
  const draft = kept(draftKey());
  if (!draft) return;
  current.value = draft.text;
  current.form.elements.client_id.value = draft.clientId;
  keep();
});

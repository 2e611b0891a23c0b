// What is being written in a chat survives a reload, an expired login and a look at another chat, in this tab.
// The form's `client_id` stays with it: a text that was sent after all, its answer lost, is then not sent again.
import { unsent } from "./composer.js";
import { bringBack, filesOf, takeOut } from "./draft-files.js";
import { byId, onContent, openRoomId } from "./page.js";

const key = (room) => `draft:${byId("main").dataset.member}:${room}`;
const stored = (room) => JSON.parse(sessionStorage.getItem(key(room)));

const optionsOf = (form) => [...form.querySelectorAll("input[name=option]")];

function save(room, draft) {
  if (draft.text || draft.options.length || draft.files.length) sessionStorage.setItem(key(room), JSON.stringify(draft));
  else sessionStorage.removeItem(key(room));
}

/** Remember a file that arrived when its chat was no longer open. */
export function keepFile(room, value) {
  const { text = "", clientId = "", options = [], files = [] } = stored(room) ?? {};
  save(room, { text, clientId, options, files: [...files, value] });
}

function restore(form, { text, clientId, options = [], files = [] }) {
  const { elements } = form;
  if (clientId) elements.client_id.value = clientId;
  elements.text.value = text;
  optionsOf(form).forEach((input, index) => {
    input.value = options[index] ?? input.value;
    if (input.value) delete input.closest(".option").dataset.extra;
  });
  if (options.length) form.querySelector(".composer-options").open = true;
  bringBack(form, files);
  elements.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// Sent, or held: the draft goes. The form itself hears of it when another chat, or the same one anew, has taken its place.
function forgetWhenSent(form, room) {
  form.addEventListener("htmx:afterRequest", ({ target, detail }) => target.matches(".composer-hold") || forget(room, detail));
}

function forget(room, detail) {
  const { parameters, formData } = detail.requestConfig;
  const { text, client_id: sentId } = parameters;
  const draft = stored(room);
  if (!sentId || !detail.successful || draft?.clientId !== sentId) return;
  const sent = formData.getAll("file");
  const rest = { text: unsent(draft.text, text), files: (draft.files ?? []).filter((file) => !sent.includes(file)) };
  const shown = byId("composer");
  if (shown?.elements.client_id.value !== sentId) return save(room, { ...rest, clientId: "", options: [] });
  takeOut(shown, sent);
  restore(shown, { text: rest.text, clientId: freshId });
}

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.matches?.(".hold-form")) forget(openRoomId(), detail);
});

let current = null;
let view = null;
let freshId = ""; // what the server gave the current form
onContent(() => {
  const form = byId("composer");
  if (!form || form === current) return;
  const isNewView = form.closest("#room") !== view;
  current = form;
  view = form.closest("#room");
  freshId = form.elements.client_id.value;
  if (isNewView) bringBack(form, []);
  forgetWhenSent(form, openRoomId());
  const draft = stored(openRoomId());
  const brought = filesOf(form); // forwarded to this chat: they join its draft, and the page's address forgets them
  const isBlank = !form.elements.text.value && !optionsOf(form).some((input) => input.value);
  if (isNewView && draft && isBlank) {
    restore(form, { ...draft, files: (draft.files ?? []).filter((file) => !brought.includes(file)) });
  }
  if (!isNewView || !brought.length) return;
  note(form);
  if (new URLSearchParams(location.search).has("file")) history.replaceState(history.state, "", location.pathname);
});

function note(form) {
  const { text, client_id: clientId } = form.elements;
  const options = optionsOf(form).map((input) => input.value).filter(Boolean);
  save(openRoomId(), { text: text.value, clientId: clientId.value, options, files: filesOf(form) });
}

document.addEventListener("input", ({ target: { form, name } }) => {
  if (form?.id === "composer" && ["text", "option"].includes(name)) note(form);
});
document.addEventListener("files-changed", ({ target }) => note(target));

// Whoever signs out leaves nothing behind on a shared computer.
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && sessionStorage.clear());

// What is being written in a chat survives a reload, an expired login and a look at another chat, in this tab.
// The form's `client_id` stays with it: a text that was sent after all, its answer lost, is then not sent again.
import { unsent } from "./composer.js";
import { byId, onContent, openRoomId } from "./page.js";

const key = (room) => `draft:${byId("main").dataset.member}:${room}`;
const stored = (room) => JSON.parse(sessionStorage.getItem(key(room)));

const optionsOf = (form) => [...form.querySelectorAll("input[name=option]")];

function save(room, draft) {
  if (draft.text || draft.options.length) sessionStorage.setItem(key(room), JSON.stringify(draft));
  else sessionStorage.removeItem(key(room));
}

function restore(form, { text, clientId, options = [] }) {
  const { elements } = form;
  if (clientId) elements.client_id.value = clientId;
  elements.text.value = text;
  optionsOf(form).forEach((input, index) => {
    input.value = options[index] ?? input.value;
    if (input.value) delete input.closest(".option").dataset.extra;
  });
  if (options.length) form.querySelector(".composer-options").open = true;
  elements.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// Sent: the draft goes. The form itself hears of it when another chat, or the same one anew, has taken its place.
function forgetWhenSent(form, room) {
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { text, client_id: sentId } = detail.requestConfig.parameters;
    const draft = stored(room);
    if (!detail.successful || draft?.clientId !== sentId) return;
    const rest = unsent(draft.text, text);
    const isShown = byId("composer")?.elements.client_id.value === sentId;
    if (isShown) restore(byId("composer"), { text: rest, clientId: freshId });
    else save(room, { text: rest, clientId: "", options: [] });
  });
}

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
  forgetWhenSent(form, openRoomId());
  const draft = stored(openRoomId());
  const isBlank = !form.elements.text.value && !optionsOf(form).some((input) => input.value);
  if (isNewView && draft && isBlank) restore(form, draft);
});

document.addEventListener("input", ({ target: { form, name } }) => {
  if (form?.id !== "composer" || !["text", "option"].includes(name)) return;
  const { text, client_id: clientId } = form.elements;
  const options = optionsOf(form).map((input) => input.value).filter(Boolean);
  save(openRoomId(), { text: text.value, clientId: clientId.value, options });
});

// Whoever signs out leaves nothing behind on a shared computer.
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && sessionStorage.clear());

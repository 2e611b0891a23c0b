// What is being written in a chat survives a reload, an expired login and a look at another chat, in this tab; the server
// keeps it for the member's other devices. The form's `client_id` stays with it: a text that was sent after all, its answer
// lost, is then not sent again.
import { answer, unsent } from "./composer.js";
import { bringBack, filesOf, takeOut } from "./draft-files.js";
import { forgetSaving, saveNow, saveSoon } from "./draft-sync.js";
import { keep as keepInTab, kept } from "./kept.js";
import { byId, onContent, openRoomId } from "./page.js";

const key = (room) => `draft:${byId("main").dataset.member}:${room}`;
const stored = (room) => kept(key(room));
const contentOf = ({ text, options, files, replyTo }) => JSON.stringify([text, options ?? [], files ?? [], replyTo ?? ""]);
const isEmpty = ({ text, options, files }) => !text && !options?.length && !files?.length;
const EMPTY = contentOf({ text: "" });

const optionsOf = (form) => [...form.querySelectorAll("input[name=option]")];

let current = null; // the form
let view = null;
let freshId = ""; // what the server gave the current form
let known = { content: EMPTY, version: 0 }; // what the server has, as far as this page knows
let newer = null; // what another device has made of it: until the person has chosen, nothing is saved

function inForm(form) {
  const { text, client_id: clientId, reply_to: replyTo } = form.elements;
  const options = optionsOf(form).map((input) => input.value).filter(Boolean);
  return { text: text.value, clientId: clientId.value, options, files: filesOf(form), replyTo: replyTo.value };
}

function keep(room, draft) {
  const isDone = isEmpty(draft) && draft.isSaved;
  keepInTab(key(room), isDone ? null : draft);
  document.dispatchEvent(new CustomEvent("draft-kept", { detail: { room, isEmpty: isEmpty(draft) } }));
}

/** Remember a file that arrived when its chat was no longer open. */
export function keepFile(room, value) {
  const { text = "", clientId = "", options = [], files = [], ...rest } = stored(room) ?? {};
  keep(room, { ...rest, text, clientId, options, files: [...files, value], isSaved: false });
}

/** Put a draft into the form, in the place of what is there. */
function restore(form, { text, clientId, options = [], files = [], replyTo = "" }) {
  const { elements } = form;
  if (clientId) elements.client_id.value = clientId;
  elements.text.value = text;
  optionsOf(form).forEach((input, index) => {
    input.value = options[index] ?? "";
    if (input.value) delete input.closest(".option").dataset.extra;
  });
  if (options.length) form.querySelector(".composer-options").open = true;
  if (elements.reply_to.value !== replyTo) answer(replyTo);
  const there = filesOf(form);
  takeOut(form, there.filter((file) => !files.includes(file)));
  bringBack(form, files.filter((file) => !there.includes(file)));
  elements.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Note what the form holds, and have it saved unless the server has it. */
function note(form) {
  if (form !== current) begin(form);
  const room = openRoomId();
  const draft = { ...inForm(form), version: known.version };
  form.elements.draft_version.value = known.version;
  draft.isSaved = contentOf(draft) === known.content;
  keep(room, draft);
  if (draft.isSaved || newer) return forgetSaving();
  const tell = (sent, told, isGood) => heard(room, sent, told, isGood);
  saveSoon({ url: form.dataset.draftUrl, read: () => stored(room), tell });
}

function heard(room, sent, told, isGood) {
  const form = byId("composer");
  const isOpen = openRoomId() === room && form?.elements.client_id.value === sent.clientId;
  const server = isGood ? { ...sent, version: told.version } : told;
  if (isOpen) {
    if (!isGood && contentOf(told) !== contentOf(inForm(form))) return offer(form, told);
    known = { content: contentOf(server), version: server.version };
    return note(form);
  }
  const draft = stored(room);
  if (isGood && draft?.clientId === sent.clientId) {
    keep(room, { ...draft, version: server.version, isSaved: contentOf(draft) === contentOf(server) });
  }
}

function offer(form, draft) {
  newer = draft;
  const bar = form.querySelector(".composer-newer");
  const { changed, emptied } = bar.dataset;
  bar.querySelector("p").textContent = isEmpty(draft) ? emptied : changed.replace("{text}", draft.text.slice(0, 200));
  bar.hidden = false;
}

document.addEventListener("click", ({ target }) => {
  const form = byId("composer");
  const isUsed = target.closest("[data-newer-use]");
  if (!newer || (!isUsed && !target.closest("[data-newer-keep]"))) return;
  form.querySelector(".composer-newer").hidden = true;
  if (isUsed) adopt(newer);
  else known = { content: contentOf(newer), version: newer.version };
  newer = null;
  note(form);
  byId("composer-text").focus();
});

/** Show the draft that the server has, with what was added to it here. */
function adopt(draft, added = {}) {
  const form = byId("composer");
  newer = null;
  form.querySelector(".composer-newer").hidden = true;
  known = { content: contentOf(draft), version: draft.version };
  restore(form, { ...draft, ...added });
}

/** Put what comes back into the form, before what was written meanwhile. Of that, the server has joined `typed` to it. */
export function takeBack(draft, typed) {
  const now = inForm(byId("composer"));
  const hasTyped = typed !== "" && draft.text.endsWith(typed);
  const before = hasTyped ? draft.text.slice(0, -typed.length).replace(/\n\n$/, "") : draft.text;
  adopt(draft, {
    text: now.text.startsWith(before) ? now.text : `${before}\n\n${now.text}`.trimEnd(),
    options: draft.options.length ? draft.options : now.options,
    files: [...new Set([...draft.files, ...now.files])],
    replyTo: draft.replyTo || now.replyTo,
  });
}

/** Put what was not sent after all before what has been written since. */
export function putBefore({ text, options, files, replyTo }) {
  const now = inForm(byId("composer"));
  restore(byId("composer"), {
    text: [text, now.text].filter(Boolean).join("\n\n"),
    options: options.length ? options : now.options,
    files: [...new Set([...files, ...now.files])],
    replyTo: now.replyTo || replyTo,
  });
}

// Sent, or held: the draft goes. The form itself hears of it when another chat, or the same one anew, has taken its place.
function forgetWhenSent(form, room) {
  form.addEventListener("htmx:beforeRequest", ({ target }) => target === form && forgetSaving());
  form.addEventListener("htmx:afterRequest", ({ target, detail }) => target.matches(".composer-hold") || forget(room, detail));
}

function forget(room, { requestConfig, successful, xhr }) {
  const { parameters, formData } = requestConfig;
  if (successful) forgetSaving();
  const { text, client_id: sentId } = parameters;
  const draft = stored(room);
  if (!sentId || !successful || draft?.clientId !== sentId) return;
  const sent = formData.getAll("file");
  const rest = { text: unsent(draft.text, text), files: (draft.files ?? []).filter((file) => !sent.includes(file)), options: [] };
  const version = Number(xhr.responseText.match(/data-draft-version="(\d+)"/)?.[1] ?? draft.version);
  const shown = byId("composer");
  if (shown?.elements.client_id.value !== sentId) return keep(room, { ...rest, clientId: "", version, isSaved: isEmpty(rest) });
  known = { content: EMPTY, version };
  restore(shown, { ...rest, clientId: freshId });
}

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.matches?.(".hold-form")) forget(openRoomId(), detail);
});

function begin(form) {
  const isNewView = form.closest("#room") !== view;
  const draft = stored(openRoomId());
  const brought = new URLSearchParams(location.search).getAll("file");
  const isRefused = form.querySelector("#composer-error") !== null;
  saveNow(); // of the chat before
  current = form;
  view = form.closest("#room");
  freshId = form.elements.client_id.value;
  newer = null;
  const given = inForm(form);
  known = { content: isRefused ? "" : contentOf(given), version: Number(form.dataset.draftVersion) };
  if (isNewView) bringBack(form, []);
  forgetWhenSent(form, openRoomId());
  if (!isNewView) return;
  const isAhead = draft?.version > known.version; // it was saved while the page was being made
  if (draft && (!draft.isSaved || isAhead) && !isRefused) {
    const isFilesOnly = draft.version === undefined && !draft.text; // of a chat that was not open when they arrived
    const kept = isFilesOnly ? given.files : given.files.filter((file) => brought.includes(file));
    const files = [...new Set([...(draft.files ?? []), ...kept])];
    // What this form itself had saved when its page was left is no other device's.
    const isOthers = draft.version < known.version && form.dataset.draftBy !== draft.clientId;
    if (isOthers && contentOf(given) !== contentOf(draft)) offer(form, { ...given, version: known.version });
    restore(form, { ...(isFilesOnly ? given : draft), files });
  }
  if (brought.length) known.content = ""; // they join the draft, and the page's address forgets them
  note(form);
  if (brought.length) history.replaceState(history.state, "", location.pathname);
}

onContent(() => {
  const form = byId("composer");
  if (form && form !== current) begin(form);
});

document.addEventListener("input", ({ target: { form, name } }) => {
  if (form?.id === "composer" && ["text", "option"].includes(name)) note(form);
});
document.addEventListener("files-changed", ({ target }) => note(target));
document.addEventListener("quoted", ({ target }) => note(target));
addEventListener("online", () => byId("composer") && note(byId("composer")));

// Whoever signs out leaves nothing behind on a shared computer.
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && sessionStorage.clear());

// What is sent while there is no connection waits in this browser, in order, survives a reload, and leaves when the
// connection is back. Each keeps its form's `client_id`, by which the server knows one that had arrived after all.
import { seenByWriter } from "./answered-guard.js";
import { writing } from "./csrf.js";
import { putBefore } from "./draft.js";
import { kindOf, notify, withdraw } from "./notices.js";
import { byId, onContent, openRoom, openRoomId } from "./page.js";
import { read, write } from "./storage.js";
import { showUnsent } from "./unsent-marks.js";

const AGAIN_MS = 5000;
const LATER = [401, 403, 408, 429]; // and what is wrong on the server's side

const key = () => `unsent:${byId("main").dataset.member}`;
const all = () => read(localStorage, key()) ?? [];
const form = () => byId("composer");

let isSending = "";
let timer = 0;

function store(items) {
  const isKept = write(localStorage, key(), items.length ? items : null);
  paint();
  return isKept;
}

const remove = (id) => store(all().filter((item) => item.id !== id));

/** Put a form's fields into the queue, and empty the form; where this browser has no room for them, they stay in it. */
function add(data) {
  const fields = [...data].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  const { elements } = form();
  const id = data.get("client_id");
  const [room, { title }, at] = [openRoomId(), openRoom().dataset, Date.now()];
  const item = { id, room, title, url: form().getAttribute("action"), fields, at };
  if (!store([...all(), item])) return notify("no-room");
  elements.client_id.value = crypto.randomUUID();
  putAway(data.get("text"), data.getAll("file"));
  wake();
}

function putAway(text, files) {
  const { elements } = form();
  if (elements.text.value === text) elements.text.value = "";
  for (const input of form().querySelectorAll("input[name=option]")) input.value = "";
  for (const chip of form().querySelectorAll(".composer-file[data-value]")) if (files.includes(chip.dataset.value)) chip.remove();
  if (elements.reply_to.value) form().querySelector("[data-quote-remove]").click();
  elements.text.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Give what was not sent back to the composer of its chat. */
function giveBack(item) {
  const data = new URLSearchParams(item.fields);
  remove(item.id);
  const [options, files] = [data.getAll("option").filter(Boolean), data.getAll("file")];
  putBefore({ text: data.get("text"), options, files, replyTo: data.get("reply_to") });
}

function paint() {
  showUnsent(all());
  const own = form() ? all().filter((item) => item.room === openRoomId()) : [];
  if (!form()) return;
  const part = form().querySelector(".composer-queue");
  const list = part.querySelector("ol");
  part.hidden = !own.length;
  // Lines that stay are left alone: somebody may be about to press the button of one, or have the focus on it.
  const lines = new Map([...list.children].map((line) => [line.dataset.id, line]));
  for (const [id, line] of lines) if (!own.some((item) => item.id === id)) line.remove();
  for (const item of own) {
    const line = lines.get(item.id) ?? list.appendChild(lineOf(item));
    line.querySelector("button").disabled = item.id === isSending;
  }
  const refused = own.find((item) => item.refused !== undefined);
  if (refused) tell(refused);
}

function lineOf({ id, fields }) {
  const line = form().querySelector(".composer-queued").content.firstElementChild.cloneNode(true);
  line.dataset.id = id;
  line.querySelector(".composer-queued-text").textContent = new URLSearchParams(fields).get("text") || "📎";
  return line;
}

/** Say why; whoever writes elsewhere meanwhile goes on there. */
function tell(item) {
  giveBack(item);
  if (document.activeElement === document.body) byId("composer-text").focus();
  const line = form().querySelector(".composer-returned");
  line.hidden = false;
  line.textContent = line.dataset.words.replace("{reason}", item.refused || line.dataset.unknown);
}

async function send(item) {
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  body.append("waited", Math.round((Date.now() - item.at) / 1000)); // a colleague may have answered all that time
  const answer = await fetch(item.url, { method: "POST", body, headers: { "HX-Request": "true", ...writing() } });
  if (answer.ok) {
    remove(item.id);
    return tellWhatElse(item, await answer.text());
  }
  if (answer.status >= 500 || LATER.includes(answer.status)) {
    notify(kindOf(answer.status));
    throw new Error(`status ${answer.status}`);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const refused = page.querySelector("#composer-error, .notice p")?.firstChild?.textContent.trim() ?? "";
  store(all().map((each) => (each.id === item.id ? { ...each, refused } : each)));
}

/** That it has closed its chat is told with the way back, where that chat is open; that it has not, everywhere. */
function tellWhatElse({ room }, html) {
  const notice = new DOMParser().parseFromString(html, "text/html").querySelector("[hx-swap-oob] > .notice");
  if (!notice || (room !== openRoomId() && notice.dataset.level !== "warning")) return;
  byId("notices").append(notice);
  htmx.process(notice);
}

async function sendAll() {
  for (const { id } of all()) {
    const item = all().find((each) => each.id === id && each.refused === undefined); // it may have been taken back
    if (!item) continue;
    isSending = id;
    paint();
    try {
      await send(item);
    } catch {
      return; // still no connection: those behind it wait too
    } finally {
      isSending = "";
      paint();
    }
  }
}

/** Try, in one tab at a time, until nothing waits any more. */
async function wake() {
  clearTimeout(timer);
  if (!all().some((item) => item.refused === undefined)) return;
  if (navigator.onLine && !isSending) {
    if (navigator.locks) await navigator.locks.request(key(), { ifAvailable: true }, (lock) => lock && sendAll());
    else await sendAll();
  }
  clearTimeout(timer);
  timer = setTimeout(wake, AGAIN_MS);
}

// What is sent behind something that waits, waits too: the customer reads them in order.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form() || event.defaultPrevented || event.submitter?.matches(".composer-hold")) return;
    if (navigator.onLine && !all().some((item) => item.room === openRoomId())) return;
    event.preventDefault();
    event.stopPropagation();
    const data = new FormData(form(), event.submitter);
    data.set("seen", seenByWriter());
    add(data);
  },
  { capture: true },
);
document.addEventListener("htmx:sendError", ({ target, detail }) => {
  if (target !== form() || !detail.requestConfig.formData.get("client_id")) return;
  withdraw("offline"); // the queue says it
  add(detail.requestConfig.formData);
});
document.addEventListener("click", ({ target }) => {
  const line = target.closest("[data-queued-back]")?.closest("[data-id]");
  const item = line && all().find(({ id }) => id === line.dataset.id);
  if (!item) return;
  giveBack(item);
  byId("composer-text").focus();
});
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && localStorage.removeItem(key()));
addEventListener("storage", (event) => event.key === key() && paint());
addEventListener("online", wake);
document.addEventListener("caught-up", wake);
onContent(paint);
wake();

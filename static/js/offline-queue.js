// What is sent while there is no connection waits in this browser, in order, survives a reload, and leaves when the
// connection is back. Each keeps its form's `client_id`, by which the server knows one that had arrived after all.
import { csrfToken } from "./csrf.js";
import { putBefore } from "./draft.js";
import { kindOf, notify, withdraw } from "./notices.js";
import { byId, onContent, openRoomId } from "./page.js";

const AGAIN_MS = 5000;
const LATER = [401, 403, 408, 429]; // and what is wrong on the server's side

const key = () => `unsent:${byId("main").dataset.member}`;
const all = () => JSON.parse(localStorage.getItem(key())) ?? [];
const form = () => byId("composer");

let isSending = "";
let timer = 0;

function store(items) {
  if (items.length) localStorage.setItem(key(), JSON.stringify(items));
  else localStorage.removeItem(key());
  paint();
}

const remove = (id) => store(all().filter((item) => item.id !== id));

/** Put a form's fields into the queue, and empty the form. */
function add(data) {
  const fields = [...data].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  const { elements } = form();
  const id = data.get("client_id");
  store([...all(), { id, room: openRoomId(), url: form().getAttribute("action"), fields }]);
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
  byId("composer-text").focus();
}

function paint() {
  const own = form() ? all().filter((item) => item.room === openRoomId()) : [];
  if (!form()) return;
  const part = form().querySelector(".composer-queue");
  const blank = form().querySelector(".composer-queued").content.firstElementChild;
  part.hidden = !own.length;
  part.querySelector("ol").replaceChildren(
    ...own.map((item) => {
      const line = blank.cloneNode(true);
      const data = new URLSearchParams(item.fields);
      line.dataset.id = item.id;
      line.querySelector(".composer-queued-text").textContent = data.get("text") || "📎";
      line.querySelector("button").disabled = item.id === isSending;
      return line;
    }),
  );
  const refused = own.find((item) => item.refused !== undefined);
  if (refused) tell(refused);
}

function tell(item) {
  giveBack(item);
  const line = form().querySelector(".composer-returned");
  line.hidden = false;
  line.textContent = line.dataset.words.replace("{reason}", item.refused || line.dataset.unknown);
}

async function send(item) {
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  const answer = await fetch(item.url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() } });
  if (answer.ok) return remove(item.id);
  if (answer.status >= 500 || LATER.includes(answer.status)) {
    notify(kindOf(answer.status));
    throw new Error(`status ${answer.status}`);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const refused = page.querySelector("#composer-error, .notice p")?.firstChild?.textContent.trim() ?? "";
  store(all().map((each) => (each.id === item.id ? { ...each, refused } : each)));
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
    add(new FormData(form(), event.submitter));
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
  if (item) giveBack(item);
});
document.addEventListener("submit", ({ target }) => target.matches(".sign-out") && localStorage.removeItem(key()));
addEventListener("storage", (event) => event.key === key() && paint());
addEventListener("online", wake);
document.addEventListener("caught-up", wake);
onContent(paint);
wake();

// The state of the page's two sockets, which htmx opens: the list's, and the open chat's as long as it is in the page.
// `data-socket` on <html> says it in one word: open, catching-up or offline.
import { catchUp, hurry, isBehind, seqIn } from "./catch-up.js";
import { arrived, cursor, hasHole, recentCursor } from "./cursor.js";
import { notify } from "./notices.js";
import { byId, openRoom, openRoomId, root } from "./page.js";
import { reload } from "./reload.js";

const SIGNED_OUT = 4401;
const REVOKED = 4403;
const FORBIDDEN = 4404;
const CHANGED = 4409; // the person sees more by now, or less, or is another
const SERVER_LEFT = [1000, 1001, 1011, CHANGED]; // htmx itself reconnects after failures only
const HOLE_MS = 1500; // frames of two servers may overtake each other; what stays away longer is lost
const LONGEST_PAUSE_MS = 10_000;
const TOGETHER_MS = 50; // both sockets of a page open within this, and one answer serves both

const states = new WeakMap(); // socket element -> connecting, ready or down
let from = Infinity; // where the catch-up that is about to begin starts
let timer = 0;
let holeTimer = 0;
let signedOut = []; // sockets that wait until the person has signed in again, in another tab

htmx.config.wsReconnectDelay = (failures) => Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS) * Math.random();

function show() {
  const here = [byId("inbox-socket"), byId("room-socket")].filter(Boolean).map((socket) => states.get(socket));
  if (!navigator.onLine || here.includes("down")) root.dataset.socket = "offline";
  else if (here.every((state) => state === "ready") && from === Infinity && !isBehind()) root.dataset.socket = "open";
  else root.dataset.socket = "catching-up";
}

document.addEventListener("htmx:wsConnecting", ({ target }) => {
  if (!states.has(target)) {
    states.set(target, "connecting");
    target.since = target.id === "room-socket" ? Number(openRoom().dataset.cursor) : cursor();
  }
  show();
});

document.addEventListener("htmx:wsBeforeMessage", (event) => {
  const { message } = event.detail;
  if (!message.startsWith("{")) return note(seqIn(message));
  event.preventDefault(); // a signal is nothing to swap in
  const { type, seq } = JSON.parse(message);
  if (type === "ready") onReady(event.target);
  else if (type === "deaf") onLost(event.target, "connecting");
  else if (type === "at" && seq > cursor()) catchUp();
  else if (type === "renew") reload();
});

function note(seq) {
  if (seq) arrived(seq);
  if (!hasHole()) {
    clearTimeout(holeTimer);
    holeTimer = 0;
  } else holeTimer ||= setTimeout(() => {
    holeTimer = 0;
    catchUp();
  }, HOLE_MS);
}

function onReady(socket) {
  states.set(socket, "ready");
  from = Math.min(from, socket.since);
  clearTimeout(timer);
  timer = setTimeout(() => {
    catchUp(from);
    hurry();
    from = Infinity;
    show();
  }, TOGETHER_MS);
  show();
}

function onLost(socket, state) {
  // The list's frames may overtake the news that the chat's socket has closed.
  if (states.get(socket) === "ready") socket.since = socket.id === "room-socket" ? recentCursor() : cursor();
  states.set(socket, state);
  document.dispatchEvent(new Event("line-lost"));
  show();
}

document.addEventListener("htmx:wsClose", (event) => {
  const socket = event.target;
  const { event: close, socketWrapper } = event.detail;
  const wasReady = states.get(socket) === "ready";
  onLost(socket, close.code === CHANGED ? "connecting" : "down");
  if (!socket.isConnected) return;
  if (close.code === CHANGED) reload();
  if (close.code === SIGNED_OUT) {
    notify("signed-out");
    signedOut.push(socketWrapper);
  } else if (close.code === REVOKED || close.code === FORBIDDEN) {
    if (socket.id === "room-socket" && states.get(byId("inbox-socket")) !== "down") leaveRoom();
    else notify("gone");
  } else if (SERVER_LEFT.includes(close.code)) setTimeout(() => socketWrapper.reconnect(), pauseAfter(close.code, wasReady));
});

/** How long a socket that the server has closed stays closed. */
function pauseAfter(code, wasReady) {
  if (code !== CHANGED) return 500 + 2500 * Math.random();
  return wasReady ? 50 : (LONGEST_PAUSE_MS * (1 + Math.random())) / 2; // refused again, until the page can load anew
}

/** Take the open chat off the page: its viewer may not see it any more. */
function leaveRoom() {
  const room = openRoom();
  if (!room) return;
  const back = room.querySelector(".room-back");
  room.removeAttribute("data-room");
  room.replaceChildren(back);
  back.click();
  notify("gone");
  catchUp(); // what was asked together with that chat was refused
}

// The list may hear it before the chat's socket is closed.
document.addEventListener("chat-gone", ({ detail }) => {
  if (detail.room === openRoomId()) leaveRoom();
});

addEventListener("focus", () => {
  for (const socketWrapper of signedOut) socketWrapper.reconnect();
  signedOut = [];
});
document.addEventListener("behind", show);
document.addEventListener("caught-up", show);
addEventListener("offline", show);
addEventListener("online", show);
show();

// Failures in words: what happened, and what to do next. Texts stand in the page, as templates.
import { byId } from "./page.js";

const MOST = 3;

export function notify(kind) {
  const words = byId(`notice-${kind}`);
  if (!words) return;
  withdraw(kind);
  const notice = words.content.firstElementChild.cloneNode(true);
  notice.dataset.kind = kind;
  byId("notices").append(notice);
}

export function withdraw(kind) {
  document.querySelector(`.notice[data-kind="${kind}"]`)?.remove();
}

export function kindOf(status) {
  if (status === 401) return "signed-out";
  if (status === 403) return "stale";
  if (status === 404 || status === 410) return "gone";
  if (status === 429) return "busy";
  return "failed";
}

function decorate() {
  const notices = [...document.querySelectorAll("#notices > .notice")];
  for (const notice of notices.slice(0, -MOST)) notice.remove();
  for (const notice of notices) {
    if (notice.querySelector("[data-dismiss]")) continue;
    notice.append(byId("notice-close").content.cloneNode(true));
    if (notice.dataset.seconds) setTimeout(() => leave(notice), notice.dataset.seconds * 1000);
  }
}

/** Take a notice away whose time is over, once nobody is about to use it. */
function leave(notice) {
  if (notice.matches(":hover, :focus-within")) setTimeout(() => leave(notice), 2000);
  else notice.remove();
}

new MutationObserver(decorate).observe(byId("notices"), { childList: true });
decorate();

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice").remove();
  if (event.target.closest("[data-reload]")) location.reload();
});
let failed = ""; // what was asked for when the server failed
document.addEventListener("htmx:responseError", ({ detail }) => {
  const kind = kindOf(detail.xhr.status);
  if (kind === "failed") failed = detail.pathInfo.requestPath;
  notify(kind);
});
document.addEventListener("htmx:sendError", () => notify("offline"));
document.addEventListener("htmx:timeout", () => notify("offline"));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  withdraw("offline");
  withdraw("signed-out");
  if (detail.pathInfo.requestPath === failed) withdraw("failed"); // that something else works is no news
});

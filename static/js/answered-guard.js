// Which message was the newest when one last typed: a colleague's answer that came after it is asked about.
import { byId, messageList, onContent } from "./page.js";

let form = null;
let seen = 0;

const newest = () => Math.max(0, ...[...(messageList()?.querySelectorAll("[data-message]") ?? [])].map((each) => Number(each.dataset.message)));

document.addEventListener("input", ({ target, isTrusted }) => {
  if (target.id === "composer-text" && isTrusted) seen = newest();
});

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target.id !== "composer" || detail.path !== target.getAttribute("action")) return;
  detail.parameters.seen = Math.max(seen || newest(), Number(target.elements.seen.value));
});

onContent(() => {
  if (byId("composer") === form) return;
  form = byId("composer");
  seen = 0;
});

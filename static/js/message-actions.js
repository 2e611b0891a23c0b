// What one does with a message: reacting to it, with the page's one picker, and looking at its earlier versions.
import { byId } from "./page.js";

let open = null; // the picker that is shown, and the link that brought it

function offer(link) {
  const { url, takeBack } = byId("reaction-picker").dataset;
  const { message, reaction } = link.closest(".message").dataset;
  const sheet = byId("reaction-picker").content.querySelector(".react-sheet").cloneNode(true);
  const buttons = [...sheet.children];
  if (reaction && !buttons.some((button) => button.textContent === reaction)) {
    buttons.push(sheet.appendChild(buttons[0].cloneNode(true)));
    buttons.at(-1).textContent = reaction;
  }
  for (const button of buttons) {
    button.setAttribute("formaction", url.replace(/\d+(?=\/reaction\/)/, message));
    button.removeAttribute("aria-label");
    button.ariaPressed = button.textContent === reaction;
    button.value = button.textContent === reaction ? "" : button.textContent;
    if (!button.value) button.ariaLabel = takeBack.replace("{emoji}", reaction);
  }
  link.after(sheet);
  link.setAttribute("aria-expanded", "true");
  htmx.process(sheet);
  open = { sheet, link };
  buttons[0].focus();
}

function close() {
  if (!open) return;
  const hadFocus = open.sheet.contains(document.activeElement);
  open.sheet.remove();
  open.link.removeAttribute("aria-expanded");
  if (hadFocus) open.link.focus();
  open = null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-react]");
  const isOpen = open?.link === link;
  if (event.target.closest(".react-sheet")) setTimeout(close); // after the button has sent its form
  else close();
  if (!link) return;
  event.preventDefault();
  if (!isOpen) offer(link);
});

document.addEventListener("keydown", (event) => event.key === "Escape" && close());

// The message was brought anew under its open picker, which goes along unless it offers what no longer holds.
document.addEventListener("replaced", ({ target }) => {
  const old = open?.link.closest(".message");
  if (!old || old.isConnected || old.id !== target.id) return;
  const link = target.querySelector("[data-react]");
  if (!link || old.dataset.reaction !== target.dataset.reaction) return close();
  link.after(open.sheet);
  link.setAttribute("aria-expanded", "true");
  open.link = link;
});

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[data-versions]");
    const place = link?.closest(".message").querySelector(".versions");
    if (!place?.hasChildNodes()) return;
    event.preventDefault();
    event.stopPropagation(); // they are there: the same link puts them away
    place.replaceChildren();
  },
  { capture: true },
);

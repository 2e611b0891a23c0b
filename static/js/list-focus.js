// A list that takes another's place keeps the focus that was in it: on the same tab, else on the list itself.
const scroller = () => document.querySelector(".rooms-scroller");

let wasInside = false;

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.id === "rooms") wasInside = target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "rooms" || !wasInside || document.activeElement !== document.body) return;
  scroller().focus({ preventScroll: true });
});

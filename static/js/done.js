// What the server says was done to chats: the list shows it at once, also what only this member sees.
document.addEventListener("htmx:load", ({ target }) => {
  if (!target.matches?.(".notice[data-done]")) return;
  document.dispatchEvent(new CustomEvent("chats-changed", { detail: { seen: JSON.parse(target.dataset.done) } }));
});

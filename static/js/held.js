// The held answers of the open chat follow the live frames, except while somebody edits one of them.
document.body.addEventListener("htmx:wsAfterMessage", () => {
  const held = document.getElementById("held");
  if (held && !held.contains(document.activeElement)) window.htmx.trigger(held, "refresh");
});

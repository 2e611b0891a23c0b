// Light, dark or like the system. A plain script in the head, so that a page never flashes in the wrong colours.
{
  const KEY = "theme";
  const root = document.documentElement;

  function apply(choice) {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  }

  function show() {
    const current = root.dataset.theme ?? "system";
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
      button.closest("[data-theme-switch]").hidden = false;
    }
  }

  apply(localStorage.getItem(KEY));
  addEventListener("storage", (event) => event.key === KEY && (apply(event.newValue), show()));
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:load", show);
  document.addEventListener("click", (event) => {
    const choice = event.target.closest?.("[data-theme-choice]")?.dataset.themeChoice;
    if (!choice) return;
    localStorage.setItem(KEY, choice);
    apply(choice);
    show();
  });
}

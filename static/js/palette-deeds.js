// What the palette can do with the open chat by name: whom to give it to, which label its customer has; and colours.
import { byId, openRoomId } from "./page.js";
import { doWithChat } from "./row-menu.js";
import { wordsFor } from "./shortcuts.js";

const named = (words, name) => wordsFor(words).replace("{name}", () => name);
const deed = (name, run) => ({ kind: "actions", name, detail: "", isByName: true, run });

function give(value) {
  const select = byId("assign-member");
  select.value = value;
  select.form.requestSubmit();
}

const receivers = () =>
  [...(byId("assign-member")?.options ?? [])]
    .filter(({ value }) => value)
    .map(({ value, textContent }) => deed(value === "no-team" ? textContent : named("assign-to", textContent), () => give(value)));

function labels() {
  const room = openRoomId();
  if (!room) return [];
  const held = new Set(byId(`room-${room}-labels`)?.dataset.labels.split(" "));
  return [...byId("row-menu").querySelectorAll("[data-label]")].map(({ dataset: { label }, textContent }) => {
    const isHeld = held.has(label);
    const name = named(isHeld ? "label-off" : "label-on", textContent.trim());
    return deed(name, () => doWithChat(room, `label:${isHeld ? "off-" : ""}${label}`));
  });
}

const colours = () =>
  [...document.querySelectorAll("[data-theme-choice][aria-pressed=false]")].map((button) =>
    deed(named("theme", button.title), () => button.click()),
  );

/** What can be done by naming somebody or something: offered once something is typed. */
export const deeds = () => [...receivers(), ...labels(), ...colours()];

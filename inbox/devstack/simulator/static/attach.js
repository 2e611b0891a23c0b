// The sheet of things to send besides text: one tap sends a sample, with the typed text as its caption.

import { item } from "./dom.js";
import { CHANNELS } from "./channels.js";
import { SAMPLES } from "./samples.js";

/** Fill the sheet with what this app's customer can send. */
export function fillAttach(attach, channel, abilities, write) {
  const offered = Object.entries(SAMPLES).filter(([kind]) => abilities.has(kind));
  attach.hidden = !offered.length;
  attach.querySelector("menu").replaceChildren(...offered.map(([kind, [icon, words, fields]]) => {
    const [type, name] = CHANNELS[channel].unsupported;
    if (kind === "unsupported") return item(icon, name, () => write({ kind, unsupported_type: type }));
    return item(icon, words, () => write({ kind, ...fields }));
  }));
}

// The menus of a phone, filled anew only when what they offer has changed: somebody may be in one of them.

import { fillAttach } from "./attach.js";
import { fillMore } from "./more.js";
import { fillService } from "./service.js";

const filled = new WeakMap();

/** Offer what this person can do in this chat now. */
export function fillMenus(root, thread, abilities, composer) {
  const state = JSON.stringify([thread.account.id, thread.person.id, thread.person.phone, thread.followed, thread.bot, thread.abilities]);
  if (filled.get(root) === state) return;
  filled.set(root, state);
  fillAttach(root.querySelector(".attach"), thread.account.channel, abilities, composer.write);
  fillMore(root.querySelector(".more"), thread, abilities, composer);
  fillService(root.querySelector(".composer"), thread, abilities, composer.tell);
}

/** There is no chat to do anything in. */
export function emptyMenus(root) {
  filled.delete(root);
  root.querySelector(".more").hidden = true;
  delete root.querySelector(".composer").dataset.mode;
}

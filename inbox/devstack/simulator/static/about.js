// The message that is being answered or edited, shown above the text.

import { preview } from "./kinds.js";

export class About {
  #part;
  message = null;
  isEdit = false;

  constructor(part, cancel) {
    this.#part = part;
    part.querySelector("button").addEventListener("click", cancel);
  }

  /** What a send adds for a reply. */
  get fields() {
    return this.message && !this.isEdit ? { reply_to: this.message.id } : {};
  }

  show(message, isEdit) {
    [this.message, this.isEdit] = [message, isEdit];
    this.#part.hidden = !message;
    if (!message) return;
    const side = message.outbound ? "the business" : "yourself";
    this.#part.querySelector("strong").textContent = isEdit ? "Edit message" : `Reply to ${side}`;
    this.#part.querySelector("span").textContent = preview(message);
  }
}

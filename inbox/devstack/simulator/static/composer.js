// Writing as the customer: text, replies and edits. What could not be sent stays, with the reason beside it.

import { About } from "./about.js";
import { CHANNELS } from "./channels.js";

export class Composer {
  #form;
  #box;
  #error;
  #about;
  #send;

  /** `send(fields)` writes to the simulator, returns what to say then, and throws in words. */
  constructor(form, send) {
    this.#form = form;
    this.#send = send;
    this.#box = form.querySelector("textarea");
    this.#error = form.querySelector(".error");
    this.#about = new About(form.querySelector(".about"), () => this.#stopAbout());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { message, isEdit } = this.#about;
      if (this.#typed) this.write(isEdit ? { kind: "edit", target: message.id } : { kind: "text" });
    });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  get #typed() { return this.#box.value.trim(); }

  open(channel) {
    this.#form.hidden = false;
    this.#box.placeholder = CHANNELS[channel].placeholder;
  }

  /** Forget what was being written: another chat comes. */
  clear() {
    this.#form.hidden = true;
    this.#box.value = "";
    this.#stopAbout();
    this.#say("");
  }

  focus() {
    if (!this.#form.hidden && matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  reply = (message) => this.#startAbout(message, false);
  edit = (message) => this.#startAbout(message, true);

  /** Send with what is typed and quoted; put it back when the simulator refuses. */
  write = async (fields) => {
    const typed = this.#typed;
    const { message, isEdit, fields: quoted } = this.#about;
    this.#box.value = "";
    this.#stopAbout();
    this.focus();
    if (await this.tell({ ...quoted, ...fields, ...(typed && { text: typed }) })) return;
    const later = this.#typed;
    if (message) this.#startAbout(message, isEdit);
    this.#box.value = [typed, later].filter(Boolean).join("\n");
  };

  /** Send something that has nothing to do with what is typed. */
  tell = async (fields) => {
    try {
      this.#say(await this.#send(fields), true);
      return true;
    } catch (error) {
      this.#say(error.message);
      return false;
    }
  };

  #say(words, isFine = false) {
    this.#error.textContent = words;
    this.#error.hidden = !words;
    this.#error.toggleAttribute("data-fine", isFine);
  }

  #key(event) {
    if (event.key === "Escape") this.#stopAbout();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #startAbout(message, isEdit) {
    this.#about.show(message, isEdit);
    if (isEdit) this.#box.value = message.text;
    this.#box.focus();
  }

  #stopAbout() {
    if (this.#about.isEdit) this.#box.value = "";
    this.#about.show(null, false);
  }
}

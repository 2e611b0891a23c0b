// The messages of one phone. Only what has changed in a row is touched, so that menus and focus survive news.

import { bubble, receipt, typing } from "./bubble.js";
import { el } from "./dom.js";
import { renew } from "./renew.js";
import { day, time } from "./words.js";

const PAUSE = 600; // seconds of silence after which the time is shown
const TYPING_MS = 25_000;

export class Thread {
  #list;
  #rows = new Map(); // key → [state, element]
  #messages = new Map();
  #typingTimer = 0;
  #isAtEnd = true;
  chat = null;

  constructor(list) {
    this.#list = list;
    list.addEventListener("scroll", () => { this.#isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80; });
    new ResizeObserver(() => this.#isAtEnd && this.#toEnd()).observe(list);
  }

  find = (id) => this.#messages.get(id);

  /** Show this chat as the simulator has it. */
  load(chat, messages) {
    const isOther = this.chat?.key !== chat.key;
    if (isOther) this.clear();
    const had = this.#messages;
    this.chat = chat;
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    const news = messages.filter((message) => !had.has(message.id));
    if (news.some((message) => message.outbound)) this.#stopTyping();
    this.#render(isOther || news.some((message) => !message.outbound));
  }

  receive(message) {
    const isNew = !this.#messages.has(message.id);
    this.#messages.set(message.id, message);
    if (isNew && message.outbound) this.#stopTyping();
    this.#render(isNew && !message.outbound);
  }

  showTyping() {
    this.#stopTyping();
    this.#typingTimer = setTimeout(() => { this.#stopTyping(); this.#render(); }, TYPING_MS);
    this.#render();
  }

  clear(words = "") {
    this.#stopTyping();
    this.chat = null;
    this.#messages = new Map();
    this.#rows.clear();
    this.#list.replaceChildren(...(words ? [el("li", { class: "notice" }, words)] : []));
  }

  #stopTyping() {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = 0;
  }

  #render(mustEnd = false) {
    const list = this.#list;
    const rows = new Set(this.#desired());
    for (const row of [...list.children]) if (!rows.has(row)) row.remove();
    [...rows].forEach((row, index) => row === list.children[index] || list.insertBefore(row, list.children[index] ?? null));
    if (mustEnd || this.#isAtEnd) this.#toEnd();
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  *#desired() {
    const { chat } = this;
    let before = 0;
    yield this.#row("notice", chat.notice, () => el("li", { class: "notice" }, chat.notice));
    const last = [...this.#messages.values()].findLast((message) => !message.outbound && !message.revoked);
    for (const message of this.#messages.values()) {
      if (day(message.at) !== day(before)) yield this.#row(`day-${message.id}`, "", () => el("li", { class: "day" }, day(message.at)));
      if (message.at - before > PAUSE) yield this.#row(`at-${message.id}`, "", () => el("li", { class: "moment" }, time(message.at)));
      before = message.at;
      const state = JSON.stringify([message, this.find(message.reply_to), [...chat.abilities]]);
      yield this.#row(message.id, state, () => bubble(message, { ...chat, find: this.find }));
      const under = message === last && receipt(message, chat);
      if (under) yield this.#row("receipt", message.id + under.textContent, () => under);
    }
    if (this.#typingTimer) yield this.#row("typing", "", typing);
  }

  #row(key, state, make) {
    const [was, row] = this.#rows.get(key) ?? [];
    if (was !== state) this.#rows.set(key, [state, row ? renew(row, make()) : make()]);
    return this.#rows.get(key)[1];
  }
}

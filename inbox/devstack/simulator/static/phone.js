// One phone: the chat of one person with one account, in the looks of the account's app.

import { getThread, write } from "./api.js";
import { CHANNELS } from "./channels.js";
import { Composer } from "./composer.js";
import { byId } from "./dom.js";
import { showFace, showNobody } from "./face.js";
import { emptyMenus, fillMenus } from "./menus.js";
import { Note } from "./note.js";
import { notice } from "./notice.js";
import { Thread } from "./thread.js";

export class Phone {
  account = null;
  person = "";
  #thread;
  #note;
  #composer;
  #timer = 0;
  #news = 0;

  /** `take(phone)`: somebody has taken this phone in hand. `back()`: to the list of customers. */
  constructor(take, back) {
    this.root = byId("phone-template").content.cloneNode(true).firstElementChild;
    this.#thread = new Thread(this.#part(".thread"));
    this.#note = new Note(this.#part(".note"));
    this.#composer = new Composer(this.#part(".composer"), (fields) => this.#send(fields));
    this.root.addEventListener("focusin", () => take(this));
    this.root.addEventListener("pointerdown", () => take(this));
    this.#part(".back").addEventListener("click", back);
  }

  #part = (selector) => this.root.querySelector(selector);

  /** Choose the chat; `load` shows it. */
  choose(account, person) {
    if (this.account?.id === account?.id && this.person === person) return;
    [this.account, this.person] = [account, person];
    this.#composer.clear();
    this.#note.clear();
    emptyMenus(this.root);
    this.#part(".phone").dataset.channel = account?.channel ?? "";
  }

  shows = (news) => news.account === this.account?.id && news.person === this.person;

  async load() {
    const { account, person } = this;
    if (!account || !person) return this.#empty(account ? "Pick a customer to start." : "No account yet. The seeds add some.");
    const news = this.#news;
    const thread = await getThread(account.id, person);
    // What came meanwhile may be missing in this answer; `receive` has asked for another.
    if (account === this.account && person === this.person && news === this.#news) this.#show(thread);
    return undefined;
  }

  receive(message) {
    this.#news += 1;
    if (this.#thread.chat) this.#thread.receive(message);
    this.reload();
  }

  showTyping = () => this.#thread.chat && this.#thread.showTyping();
  showLost = () => this.#note.showLost();
  focus = () => this.#composer.focus();

  async #send(fields) {
    const { message } = await write(this.account.id, this.person, fields);
    // An act without a bubble is no news, but may have opened a window.
    if (!message) this.reload();
    return message ? "" : "Done. The business has been told.";
  }

  /** Show the chat anew, soon: news often come several at once. */
  reload() {
    this.#timer ||= setTimeout(() => { this.#timer = 0; this.load().catch(() => {}); }, 150);
  }

  #show(thread) {
    const { account, person } = thread;
    const { channel } = account;
    const abilities = new Set(thread.abilities);
    const { tell, reply, edit } = this.#composer;
    const unread = thread.messages.filter((message) => message.outbound && !message.seen).length;
    showFace(this.root, `${person.name} on ${CHANNELS[channel].name}`, account.name, unread ? ` · ${unread} new` : "");
    this.#composer.open(channel);
    fillMenus(this.root, thread, abilities, this.#composer);
    const key = `${account.id} ${person.id}`;
    const chat = { key, channel, abilities, accountName: account.name, personName: person.name, notice: notice(thread), write: tell, reply, edit };
    this.#thread.load(chat, thread.messages);
    this.#note.show(channel, thread.window, thread.followed === false);
  }

  #empty(words) {
    this.#thread.clear(words);
    showNobody(this.root);
  }
}

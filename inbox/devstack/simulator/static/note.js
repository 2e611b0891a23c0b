// The line under the business's name: the window and its quota as they run down, or a lost connection.

import { CHANNELS } from "./channels.js";
import { span } from "./words.js";

let ahead = 0;

/** Tell how many seconds the simulator's clock is ahead of this one. */
export function setClock(secondsAhead) {
  ahead = secondsAhead;
}

export class Note {
  #line;
  #channel = "";
  #window = null;
  #isStranger = false;
  #isLost = false;

  constructor(line) {
    this.#line = line;
    setInterval(() => this.#say(), 1000);
  }

  /** Show until when the business may answer freely, and how often where that is counted. */
  show(channel, window, isStranger = false) {
    [this.#channel, this.#window, this.#isStranger, this.#isLost] = [channel, window, isStranger, false];
    this.#say();
  }

  showLost() {
    this.#isLost = true;
    this.#say();
  }

  clear() {
    this.show("", null);
  }

  #say() {
    const words = this.#isLost ? "Connection lost, trying again…" : this.#words();
    if (this.#line.textContent !== words) this.#line.textContent = words;
  }

  #words() {
    if (!this.#window) return "";
    if (this.#isStranger) return "Not followed";
    const { closes_at: closesAt, left, limit } = this.#window;
    if (closesAt === null) return CHANNELS[this.#channel].newcomer;
    const seconds = closesAt - Date.now() / 1000 - ahead;
    if (seconds <= 0) return CHANNELS[this.#channel].idle;
    if (left === null || left === undefined) return `${span(seconds)} to answer`;
    return `${left} of ${limit ?? 5} left · ${span(seconds)}`;
  }
}

// The phones on the page: one, or one of each channel side by side. One of them is in hand.

import { getChats } from "./api.js";
import { CHANNELS } from "./channels.js";
import { byId, channelMark, el } from "./dom.js";
import { Phone } from "./phone.js";

const REMEMBERED = "person with ";

export class Stage {
  #asked;

  /** `changed()` runs when another phone is taken in hand. */
  constructor(address, changed, back) {
    this.isFour = address.get("view") === "four";
    this.#asked = { account: address.get("account"), person: address.get("person") ?? "" };
    const take = (phone) => this.#take(phone) && changed();
    this.phones = Object.keys(this.isFour ? CHANNELS : { any: null }).map(() => new Phone(take, back));
    [this.hand] = this.phones;
    document.body.dataset.view = this.isFour ? "four" : "one";
    byId("phones").append(...this.phones.map((phone) => phone.root));
    document.querySelector(`[data-view="${document.body.dataset.view}"]:not(body)`).setAttribute("aria-current", "page");
    byId("tabs").hidden = !this.isFour;
    byId("tabs").append(...Object.entries(CHANNELS).map(([channel, { name }], index) =>
      el("button", { type: "button", "aria-label": name, "data-tab": channel, onclick: () => take(this.phones[index]) }, channelMark(channel), name)));
    this.#mark();
  }

  /** Give a phone without an account the first of its channel, and whoever wrote last. Returns whether one got any. */
  async set(accounts) {
    const asked = accounts.find((account) => account.id === this.#asked.account);
    const given = await Promise.all(this.phones.map(async (phone, index) => {
      if (accounts.some((account) => account.id === phone.account?.id)) return false;
      const channel = this.isFour && Object.keys(CHANNELS)[index];
      const isMine = (account) => account && (!channel || account.channel === channel);
      const account = isMine(asked) ? asked : accounts.find(isMine);
      if (account && account === asked && this.#asked.person) remember(account, this.#asked.person);
      const person = account ? remembered(account) || (this.isFour && (await latest(account))) : "";
      phone.choose(account ?? null, person || this.#asked.person);
      if (channel && account && account === asked) this.#take(phone);
      return Boolean(account);
    }));
    this.#asked = { account: null, person: "" };
    if (!this.hand.account) this.#take(this.phones.find((phone) => phone.account) ?? this.hand);
    return given.some(Boolean);
  }

  showing = (news) => this.phones.filter((phone) => phone.shows(news));

  chooseAccount(account) {
    if (this.isFour) this.#take(this.phones[Object.keys(CHANNELS).indexOf(account.channel)]);
    this.hand.choose(account, remembered(account) || this.hand.person);
  }

  choosePerson(person) {
    this.hand.choose(this.hand.account, person);
    if (this.hand.account) remember(this.hand.account, person);
  }

  address() {
    const { account, person } = this.hand;
    return `/phone/?${new URLSearchParams({ ...(this.isFour && { view: "four" }), ...(account && { account: account.id }), ...(person && { person }) })}`;
  }

  #take(phone) {
    if (this.hand === phone) return false;
    this.hand = phone;
    this.#mark();
    return true;
  }

  #mark() {
    this.phones.forEach((phone, index) => {
      phone.root.toggleAttribute("data-hand", phone === this.hand);
      byId("tabs").children[index].setAttribute("aria-pressed", String(phone === this.hand));
    });
  }
}

// Who was last played with an account survives a reload.
const remember = (account, person) => sessionStorage.setItem(REMEMBERED + account.id, person);
const remembered = (account) => sessionStorage.getItem(REMEMBERED + account.id) ?? "";

async function latest(account) {
  const { people } = await getChats(account.id, "");
  return people[0]?.id ?? "";
}

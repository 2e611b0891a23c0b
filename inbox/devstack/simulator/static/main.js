// Puts the page together: which number and person are chosen, and who hears what news.

import { getChats } from "./api.js";
import { byId, toast } from "./dom.js";
import { listen } from "./live.js";
import { showNumbers, showPeople } from "./people.js";
import { startPersonForm } from "./person-form.js";
import { setClock, showLost, showTyping } from "./note.js";
import { openThread, receive } from "./thread.js";
import { startComposer, writeTo } from "./composer.js";
import { loadSwitches, startDrawer } from "./drawer.js";
import { addWebhook, loadWebhooks } from "./weblog.js";

const address = new URLSearchParams(location.search);
let number = address.get("number") ?? "";
let person = address.get("person") ?? "";
let reloadTimer = 0;

async function loadPeople() {
  clearTimeout(reloadTimer);
  reloadTimer = 0;
  const chats = await getChats(number, byId("search").value.trim());
  if (!chats.numbers.some((known) => known.id === number)) number = chats.numbers[0]?.id ?? "";
  showNumbers(chats.numbers, number);
  showPeople(chats, number, person, choose);
}

function soon() {
  reloadTimer ||= setTimeout(() => loadPeople().catch((error) => toast(error.message)), 300);
}

async function loadAll() {
  try {
    await loadPeople();
    writeTo(number, person);
    await openThread(number, person);
    await Promise.all([loadWebhooks(), loadSwitches().then(setClock)]);
  } catch (error) {
    toast(error.message);
  }
}

function follow() {
  listen(number, person, {
    hello: loadAll,
    reset: loadAll,
    people: soon,
    switches: () => loadSwitches().then(setClock).catch((error) => toast(error.message)),
    webhook: addWebhook,
    typing: (news) => news.number === number && news.person === person && showTyping(),
    message: (message) => {
      if (message.number === number && message.person === person) receive(message);
      if (message.number === number) soon();
    },
    lost: showLost,
  });
}

function choose(phone) {
  person = phone;
  document.body.dataset.view = phone ? "chat" : "people";
  const target = new URLSearchParams({ ...(number && { number }), ...(person && { person }) });
  history.replaceState(null, "", `/phone/?${target}`);
  follow();
}

byId("number").addEventListener("change", (event) => {
  number = event.target.value;
  choose(person);
});
byId("search").addEventListener("input", soon);
byId("back").addEventListener("click", () => choose(""));
document.addEventListener("visibilitychange", follow);
startComposer();
startDrawer();
startPersonForm(choose);
document.body.dataset.view = person ? "chat" : "people";
// The first news names the default number: follow it once it is known.
loadPeople().then(follow, (error) => { toast(error.message); follow(); });

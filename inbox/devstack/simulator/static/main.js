// Puts the page together: which phones lie here, which one is in hand, and who hears what news.

import { getChats } from "./api.js";
import { showAccounts } from "./accounts.js";
import { startAsk } from "./ask.js";
import { loadSwitches, startDrawer } from "./drawer.js";
import { byId, startMenus, toast } from "./dom.js";
import { listen } from "./live.js";
import { setClock } from "./note.js";
import { showPeople } from "./people.js";
import { startPersonForm } from "./person-form.js";
import { Stage } from "./stage.js";
import { addWebhook, loadWebhooks, nameAccounts } from "./weblog.js";

const address = new URLSearchParams(location.search);
const stage = new Stage(address, follow, () => showPane("people"));
let reloadTimer = 0;
let isFollowing = false;

async function loadPeople() {
  clearTimeout(reloadTimer);
  reloadTimer = 0;
  const { hand } = stage;
  const chats = await getChats(hand.account?.id ?? address.get("account") ?? "", byId("search").value.trim());
  if (hand !== stage.hand) return;
  const isChanged = await stage.set(chats.accounts);
  nameAccounts(chats.accounts);
  showAccounts(chats.accounts, stage.hand.account?.id, chooseAccount);
  showPeople(chats, stage.hand.person, choosePerson);
  if (isChanged && isFollowing) follow();
}

function soon() {
  reloadTimer ||= setTimeout(() => loadPeople().catch((error) => toast(error.message)), 200);
}

async function loadAll() {
  try {
    await loadPeople();
    await Promise.all([...stage.phones.map((phone) => phone.load()), loadWebhooks(), loadSwitches().then(setClock)]);
  } catch (error) {
    toast(error.message);
  }
}

/** Hear the news with the chat in hand open, and show whose list it is. */
function follow() {
  isFollowing = true;
  history.replaceState(null, "", stage.address());
  soon();
  listen(stage.hand.account?.id, stage.hand.person, {
    hello: loadAll,
    reset: loadAll,
    people: () => {
      stage.phones.forEach((phone) => phone.reload());
      soon();
    },
    switches: () => loadSwitches().then(setClock).catch((error) => toast(error.message)),
    webhook: addWebhook,
    typing: (news) => stage.showing(news).forEach((phone) => phone.showTyping()),
    message: (message) => {
      stage.showing(message).forEach((phone) => phone.receive(message));
      soon();
    },
    lost: () => stage.phones.forEach((phone) => phone.showLost()),
  });
}

function chooseAccount(account) {
  stage.chooseAccount(account);
  showPane(stage.hand.person ? "chat" : "people");
  follow();
}

function choosePerson(person) {
  stage.choosePerson(person);
  showPane("chat");
  follow();
  stage.hand.focus();
}

function showPane(name) {
  document.body.dataset.pane = name;
}

byId("search").addEventListener("input", soon);
document.addEventListener("visibilitychange", follow);
startMenus();
startAsk();
startDrawer();
startPersonForm(choosePerson);
showPane(stage.isFour || address.get("person") ? "chat" : "people");
// The first news names the accounts: follow the chat in hand once it is known.
loadPeople().then(follow, (error) => { toast(error.message); follow(); });

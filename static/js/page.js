// What the modules ask of the page: which parts are there now, and when a part was put in.

export const root = document.documentElement;
export const byId = (id) => document.getElementById(id);
export const roomList = () => byId("room-list");
export const openRoom = () => document.querySelector("#room[data-room]");
export const openRoomId = () => openRoom()?.dataset.room ?? "";
export const messageList = () => document.querySelector("#room .messages");

/** Call `start` now and whenever htmx has put something into the page. It must be cheap and repeatable. */
export function onContent(start) {
  start();
  document.addEventListener("htmx:load", start);
}

/** Does this key belong to a word that is being composed? Safari ends the composition before the Enter that confirms it. */
export const composes = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

/** Is the person looking at the open chat? */
export function isWatched() {
  const room = openRoom();
  return Boolean(room) && document.visibilityState === "visible" && document.hasFocus() && room.checkVisibility();
}

// A file chosen for the answer is brought to the server at once; its place above the text tells how far it is.
import { canHold, canWrite } from "./alternatives.js";
import { csrfToken } from "./csrf.js";
import { keepFile } from "./draft.js";
import { byId, openRoom, openRoomId } from "./page.js";

const MEGABYTE = 1024 * 1024;

const form = () => byId("composer");
const part = () => form()?.querySelector(".composer-attachments");
const blank = () => part().querySelector(".composer-uploading");
const jobs = new WeakMap(); // the chip of a file that is not at the server yet -> what it takes to bring it there

export const words = () => blank().dataset;

/** Say something about files, or with nothing stop saying it. */
export function say(text = "") {
  const line = part().querySelector(".composer-said");
  line.hidden = !text;
  line.textContent = text;
}

/** May files leave, now or when the customer writes? If not, it says why. */
export function canAttach() {
  const isOpen = canWrite(form()) || canHold(form());
  if (form()) say(isOpen ? "" : words().closed.replace("{reason}", openRoom().querySelector(".window-words").textContent));
  return isOpen;
}

/** Bring files to the server; `place` is the chat that they belong to, the open one unless it says so. */
export function attach(files, sendAs = "file", place = { room: openRoomId(), url: form().dataset.filesUrl }) {
  for (const file of files) {
    const job = { file, sendAs, place, texts: { ...words() }, most: Number(part().dataset.maxBytes) };
    const chip = chipFor(job);
    if (place.room === openRoomId()) part().querySelector(".composer-files").append(chip);
    upload(chip, job);
  }
}

function chipFor(job) {
  const chip = blank().content.firstElementChild.cloneNode(true);
  chip.querySelector(".composer-file-name").textContent = job.file.name;
  jobs.set(chip, job);
  return chip;
}

export function tryAgain(chip) {
  const fresh = chipFor(jobs.get(chip));
  chip.replaceWith(fresh);
  upload(fresh, jobs.get(fresh));
}

export const giveUp = (chip) => jobs.get(chip)?.request?.abort();

function upload(chip, job) {
  const { file, sendAs, place, texts, most } = job;
  const tooLarge = () => fail(chip, texts.large.replace("{size}", Math.floor(most / MEGABYTE)), false);
  if (file.size > most) return tooLarge();
  const body = new FormData();
  body.append("file", file);
  body.append("send_as", sendAs);
  const request = new XMLHttpRequest();
  job.request = request;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    chip.querySelector("progress").value = (100 * loaded) / total;
  });
  request.addEventListener("error", () => fail(chip, texts.offline));
  request.addEventListener("load", () => {
    if ([200, 422].includes(request.status)) arrive(chip, request.responseText, place.room);
    else if (request.status === 413) tooLarge();
    else fail(chip, request.status === 401 ? texts.signedOut : texts.failed);
  });
  request.open("POST", place.url);
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.send(body);
}

function arrive(chip, html, room) {
  const holder = document.createElement("ul");
  holder.innerHTML = html; // our own server's, as htmx would put it in
  const fresh = holder.firstElementChild;
  if (chip.isConnected) {
    chip.replaceWith(fresh);
    htmx.process(fresh);
    tell(Boolean(fresh.dataset.value));
  } else if (fresh.dataset.value) keepFile(room, fresh.dataset.value);
}

function fail(chip, text, canTryAgain = true) {
  delete chip.dataset.uploading;
  chip.querySelector("progress").hidden = true;
  chip.querySelector("[data-file-again]").hidden = !canTryAgain;
  const problem = chip.querySelector(".composer-file-problem");
  problem.hidden = false;
  problem.textContent = text;
  if (chip.isConnected) tell(false);
}

const tell = (isGood) => form().dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail: { isGood } }));

// A file chosen for the answer is brought to the server at once; its place above the text tells how far it is.
import { canHold, canWrite } from "./alternatives.js";
import { writing } from "./csrf.js";
import { keepFile } from "./draft.js";
import { notify } from "./notices.js";
import { byId, onContent, openRoom, openRoomId } from "./page.js";

const MEGABYTE = 1024 * 1024;

const form = () => byId("composer");
const part = () => form()?.querySelector(".composer-attachments");
let stranded = []; // the chips of files that failed when their chat was open no longer
const jobs = new WeakMap(); // the chip of a file that is not at the server yet -> what it takes to bring it there

export const words = () => part().querySelector(".composer-uploading").dataset;

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

/** The open chat, as where files belong: it is known also when another one, or none, is open. */
export const here = () => ({ room: openRoomId(), url: form().dataset.filesUrl, part: part() });

/** Bring files to the server; `place` is the chat that they belong to. */
export function attach(files, sendAs = "file", place = here()) {
  for (const file of files) {
    const job = { file, sendAs, place };
    const chip = chipFor(job);
    if (place.room === openRoomId()) part()?.querySelector(".composer-files").append(chip);
    upload(chip, job);
  }
}

function chipFor(job) {
  const chip = job.place.part.querySelector(".composer-uploading").content.firstElementChild.cloneNode(true);
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
  const { file, sendAs, place } = job;
  const texts = place.part.querySelector(".composer-uploading").dataset;
  const most = Number(place.part.dataset.maxBytes);
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
  for (const [name, value] of Object.entries(writing())) request.setRequestHeader(name, value);
  request.send(body);
}

function arrive(chip, html, room) {
  const holder = document.createElement("ul");
  holder.innerHTML = html; // our own server's, as htmx would put it in
  const fresh = holder.firstElementChild;
  const isBack = !chip.isConnected && room === openRoomId() && part(); // the chat was left meanwhile, and opened again
  if (isBack) part().querySelector(".composer-files").append(chip);
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
  if (chip.isConnected) return tell(false);
  stranded.push(chip);
  notify("file-stranded");
}

// What could not be brought to a chat that was left waits there, to be tried again.
onContent(() => {
  const own = part() ? stranded.filter((chip) => jobs.get(chip).place.room === openRoomId()) : [];
  if (!own.length) return;
  stranded = stranded.filter((chip) => !own.includes(chip));
  part().querySelector(".composer-files").append(...own);
  tell(false);
});

const tell = (isGood) => form().dispatchEvent(new CustomEvent("files-changed", { bubbles: true, detail: { isGood } }));

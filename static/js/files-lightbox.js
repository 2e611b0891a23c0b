// A picture or film of the chat, large, with those around it a key away.
import { offerCopy } from "./files-copy.js";
import { byId } from "./page.js";

const dialog = () => byId("lightbox");
let links = [];
let place = 0;

function elementFor(link) {
  const isFilm = link.dataset.lightbox === "video";
  const element = document.createElement(isFilm ? "video" : "img");
  element.src = link.href;
  if (isFilm) Object.assign(element, { controls: true, playsInline: true });
  else element.alt = link.dataset.name;
  return element;
}

function show(number) {
  place = (number + links.length) % links.length;
  const link = links[place];
  const element = elementFor(link);
  dialog().querySelector(".lightbox-stage").replaceChildren(element);
  offerCopy(element);
  dialog().querySelector(".lightbox-name").textContent = link.dataset.name;
  dialog().querySelector(".lightbox-download").href = link.dataset.download;
  dialog().querySelector(".lightbox-forward").href = link.dataset.forward;
  const { words } = dialog().querySelector(".lightbox-place").dataset;
  const isAlone = links.length === 1;
  const told = words.replace("{place}", place + 1).replace("{count}", links.length);
  dialog().querySelector(".lightbox-place").textContent = isAlone ? "" : told;
  for (const button of dialog().querySelectorAll("[data-lightbox-step]")) button.hidden = isAlone;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const link = target.closest("[data-lightbox]");
  if (link && dialog() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const around = link.closest("#thread, #file-gallery") ?? document;
    links = [...around.querySelectorAll("[data-lightbox]")];
    show(links.indexOf(link));
    dialog().showModal();
    return;
  }
  const step = target.closest("[data-lightbox-step]");
  if (step) show(place + Number(step.dataset.lightboxStep));
  else if (target.closest("[data-lightbox-close]") || target === dialog() || target.matches(".lightbox-stage")) dialog()?.close();
});

document.addEventListener("keydown", (event) => {
  if (!dialog()?.open) return;
  const distance = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (distance && links.length > 1 && !event.target.matches("video")) show(place + distance);
  if (event.key !== "Tab") event.stopPropagation(); // the page's own keys mean nothing here
}, { capture: true });

document.addEventListener("close", ({ target }) => {
  if (target === dialog()) dialog().querySelector(".lightbox-stage").replaceChildren(); // a film stops
}, { capture: true });

// The outside of a phone: whose it is, and which business is on its screen.

import { hue, initials } from "./words.js";

export function showFace(root, owner, name, news = "") {
  const avatar = root.querySelector(".avatar");
  avatar.textContent = initials(name);
  avatar.dataset.hue = hue(name);
  root.querySelector("h2").textContent = name;
  root.querySelector(".owner").textContent = owner + news;
  root.querySelector(".phone").setAttribute("aria-label", owner);
}

export function showNobody(root) {
  showFace(root, "Nobody’s phone", "No chat open");
  root.querySelector(".avatar").textContent = "";
}

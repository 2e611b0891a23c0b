"""What a machine can say about a page: axe's verdict in light and dark, its width on a phone, and how it reads aloud."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
LAPTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
WCAG_2_2_AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}  # all that the colours change
RUN = """async ([within, runOnly]) => {
  const { violations } = await axe.run(within, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary.split("\\n").slice(1).join("; ").trim()}`));
}"""
TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > edge + 1);
  return wide.slice(0, 3).map((each) => `wider than a phone: ${each.tagName} ${each.className}`);
}"""
OUTLINE = """() => {
  const parts = "main, nav, aside, form, section[aria-label], [role=region], [role=search], [role=log], h1, h2, h3, h4";
  const titleOf = (each) => document.getElementById(each.getAttribute("aria-labelledby"))?.textContent;
  const nameOf = (each) => /^H\\d$/.test(each.tagName) ? each.textContent : each.ariaLabel ?? titleOf(each) ?? "";
  const roleOf = (each) => each.getAttribute("role") ?? each.tagName.toLowerCase();
  return [...document.querySelectorAll(parts)]
    .filter((each) => each.checkVisibility() && (each.tagName !== "FORM" || each.ariaLabel || each.role))
    .map((each) => `${roleOf(each)} ${nameOf(each).replace(/\\s+/g, " ").trim()}`.trim());
}"""


def problems(page: Page, name: str, within: str = "html") -> list[str]:
    """Name what is wrong with the page, or a part of it, as it is now, and leave it as it was."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    light = page.evaluate(RUN, [within, WCAG_2_2_AA])
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(RUN, [within, CONTRAST])
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    narrow = page.evaluate(TOO_WIDE)
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    found = {"light": light, "dark": dark, "at 360 px": narrow}
    return [f"{name}, {how}: {problem}" for how, list_ in found.items() for problem in list_]


def outline(page: Page) -> list[str]:
    """The landmarks and headings as a screen reader comes to them."""
    lines: list[str] = page.evaluate(OUTLINE)
    return lines

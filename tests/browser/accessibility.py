"""What a machine can say about a page: axe's verdict in light and dark, its width on a phone, and how it reads aloud."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
LAPTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
WCAG_2_2_AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}  # all that the colours change
TARGETS = {"type": "rule", "values": ["target-size"]}  # and all that a phone's width does, besides
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


def problems(page: Page, name: str, within: str = "html", *, in_dark: bool = True) -> list[str]:
    """Name what is wrong with the page, or a part of it, as it is now, and leave it as it was."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    light = page.evaluate(RUN, [within, WCAG_2_2_AA])
    dark = []
    if in_dark:
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate(RUN, [within, CONTRAST])
        page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    narrow = page.evaluate(TOO_WIDE)
    if within == "html":
        narrow += page.evaluate(RUN, [within, TARGETS])
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    found = {"light": light, "dark": dark, "at 360 px": narrow}
    return [f"{name}, {how}: {problem}" for how, list_ in found.items() for problem in list_]


class Desk:
    """Shows finished pages to axe, one after the other: no server is asked, and no script of ours runs."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(viewport=LAPTOP, reduced_motion="reduce", color_scheme="light")  # type: ignore[arg-type]
        self._context.route("**/*", lambda route: route.fulfill(status=204))  # pictures
        self._page = self._context.new_page()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *error: object) -> None:
        self._context.close()

    def judge(self, name: str, html: str, *, in_dark: bool = True) -> list[str]:
        html = re.sub(r"<script\b.*?</script>|<noscript>|</noscript>", "", html, flags=re.DOTALL)
        self._page.set_content(re.sub(r'<link rel="stylesheet" href="([^"]+)">', _style, html))
        return problems(self._page, name, in_dark=in_dark)


def _style(link: re.Match[str]) -> str:
    file = finders.find(link[1].removeprefix(settings.STATIC_URL))
    assert isinstance(file, str)
    return f"<style>{_text(file)}</style>"


@cache
def _text(file: str) -> str:
    return Path(file).read_text()


def outline(page: Page) -> list[str]:
    """The landmarks and headings as a screen reader comes to them."""
    lines: list[str] = page.evaluate(OUTLINE)
    return lines

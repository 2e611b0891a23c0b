"""How soon a page asks the server again, by a clock that the test moves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)

# `asked` holds when each question was asked; an answer takes `takes` milliseconds.
ASKING = """async () => {
  const { paced } = await import("/static/js/pace.js");
  const start = performance.now();
  Object.assign(window, { asked: [], takes: 0, share: 0, most: 10_000 });
  Math.random = () => 0;
  const answer = () => new Promise((resolve) => setTimeout(resolve, window.takes));
  window.pace = paced((timed) => timed(() => {
    window.asked.push(performance.now() - start);
    return answer();
  }));
  window.want = (after) => window.pace.within({ after, share: window.share, most: window.most });
}"""


@pytest.fixture
def page(stage: Stage) -> Page:
    page = stage.agent(None)
    page.clock.install(time=0)
    page.goto("/accounts/login/")
    page.clock.pause_at(60_000)
    page.evaluate(ASKING)
    return page


def asked_after(page: Page, milliseconds: int) -> list[int]:
    """When the questions so far were asked, once this time has gone by."""
    page.clock.run_for(milliseconds)
    times: list[float] = page.evaluate("asked")
    return [round(each) for each in times]


def test_what_is_wanted_many_times_is_asked_once_at_the_first_of_the_times(page: Page) -> None:
    page.evaluate("want(3000); want(200); want(900)")
    assert page.evaluate("pace.isPending()")
    assert asked_after(page, 199) == []
    assert asked_after(page, 1) == [200]
    assert asked_after(page, 5000) == [200]
    assert not page.evaluate("pace.isPending()")


def test_what_is_wanted_during_an_answer_is_asked_once_after_it(page: Page) -> None:
    page.evaluate("takes = 700; want(100)")
    asked_after(page, 300)
    page.evaluate("want(100); want(100)")
    assert asked_after(page, 499) == [100], "the answer is under way"
    assert asked_after(page, 101) == [100, 900]
    assert asked_after(page, 5000) == [100, 900]


def test_the_longer_an_answer_took_the_longer_the_server_is_left_alone(page: Page) -> None:
    page.evaluate("takes = 500; share = 4; want(100)")
    asked_after(page, 600)
    page.evaluate("want(100)")
    assert asked_after(page, 1999) == [100]
    assert asked_after(page, 1) == [100, 2600], "four times the 500 ms after the answer"
    page.evaluate("most = 300")
    asked_after(page, 500)
    page.evaluate("want(100)")
    assert asked_after(page, 300) == [100, 2600, 3400], "but no longer than the most"


def test_many_pages_do_not_ask_at_the_same_moment(page: Page) -> None:
    page.evaluate("Math.random = () => 0.5; takes = 400; share = 2; want(0)")
    assert asked_after(page, 400) == [0]
    page.evaluate("want(0)")
    assert asked_after(page, 5000) == [0, 1600], "800 ms of rest, and half of as much again"

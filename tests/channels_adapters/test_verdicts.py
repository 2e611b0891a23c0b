"""What a verdict says becomes the error that is raised, and a time that the vendor names wins."""

from __future__ import annotations

from channels_adapters.errors import Remedy
from channels_adapters.verdicts import give_up, operator, retry


def test_a_retry_waits_longer_each_time() -> None:
    error = retry("Later.", wait=1, growth=4, max_attempts=3).error("131056", detail="pair limit")
    assert (error.code, error.remedy, error.public_text, error.detail) == (
        "131056",
        Remedy.RETRY,
        "Later.",
        "pair limit",
    )
    assert error.retryable
    assert error.max_attempts == 3
    assert [error.wait_after(attempts) for attempts in (1, 2, 3)] == [1, 4, 16]


def test_a_time_that_the_vendor_names_wins_and_does_not_grow() -> None:
    error = retry("Later.", wait=1, growth=4).error("131056", retry_after=30)
    assert [error.wait_after(attempts) for attempts in (1, 5)] == [30, 30]
    assert retry("Later.", wait=5).error("4", retry_after=0).wait_after(3) == 0


def test_what_is_final_is_not_retried() -> None:
    for verdict, remedy in ((give_up("No."), Remedy.GIVE_UP), (operator("Mend it."), Remedy.OPERATOR)):
        error = verdict.error("1")
        assert error.remedy is remedy
        assert not error.retryable
        assert not error.stale_token


def test_a_stale_token_is_a_matter_for_the_operator_once_a_fresh_one_did_not_help() -> None:
    error = operator("Reconnect.", stale_token=True).error("40001")
    assert (error.remedy, error.stale_token) == (Remedy.OPERATOR, True)


def test_an_error_without_a_code_has_one_all_the_same() -> None:
    assert give_up("No.").error("").code == "unknown"

"""Files: stored at the vendor before they are sent, and fetched from it and from nowhere else."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.types import (
    ANY_TYPE,
    DownloadedMedia,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    MessageKind,
    UploadedMedia,
)

from .checks import answers, assert_secretless, assert_storable_value, assert_usable, outcome_of, quick, texts
from .subject import FILES, Subject

NOWHERE = (
    "",
    "not an address",
    "http://lookaside.fbsbx.com/1",
    "ftp://lookaside.fbsbx.com/1",
    "https://files.example/1",
    "https://fbsbx.com.files.example/1",
    "https://files.example/fbsbx.com",
    "https://evilfbsbx.com/1",
    "https://lookaside.fbsbx.com:8443/1",
    "https://lookaside.fbsbx.com@files.example/1",
    "https://user:pass@lookaside.fbsbx.com/1",
    "https://files.example\\.fbsbx.com/1",
    "https://files.example#.fbsbx.com/1",
    "https://127.0.0.1/1",
    "https://[::1/1",
    "file:///etc/passwd",
    "//lookaside.fbsbx.com/1",
    "https://lookaside.fbsbx.com/1\r\nx: y",
)


class FilesContract(Subject):
    # --- to the vendor ----------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", list(MessageKind))
    def test_only_the_declared_kinds_of_files_are_stored(self, kind: MessageKind) -> None:
        upload = self.a_file(kind)
        if kind in self.adapter.capabilities.media:
            request = self.adapter.upload_request(upload, self.credentials)
            assert request.method == "POST"
            assert request.url.startswith(self.credentials["base_url"] + "/")
            assert upload.content in contents_of(request)
        else:
            self.refused_file(upload)

    def test_every_type_of_the_table_is_stored_and_others_are_refused(self) -> None:
        for kind, rule in self.adapter.capabilities.media.items():
            if rule.mime_types == (ANY_TYPE,):
                assert self.adapter.upload_request(self.a_file(kind, mime_type="application/x-thing"), self.credentials)
                continue
            for mime_type in rule.mime_types:
                upload = self.a_file(kind, mime_type=f"{mime_type.upper()}; codecs=opus")
                assert self.adapter.upload_request(upload, self.credentials), mime_type
            for mime_type in ("application/x-thing", "", "image", "text/html\r\nx: y"):
                self.refused_file(self.a_file(kind, mime_type=mime_type))

    def test_a_file_may_have_exactly_the_limit_and_must_not_be_empty(self) -> None:
        for kind, rule in self.adapter.capabilities.media.items():
            limit = max(rule.max_bytes, rule.max_animated_bytes or 0)
            assert self.adapter.upload_request(self.a_file(kind, content=b"x" * limit), self.credentials)
            refused = self.refused_file(self.a_file(kind, content=b"x" * (limit + 1)))
            assert str(limit) in refused.public_text
            self.refused_file(self.a_file(kind, content=b""))

    @quick
    @given(
        filename=texts, mime_type=texts, content=st.binary(min_size=1, max_size=60), kind=st.sampled_from(sorted(FILES))
    )
    def test_any_file_is_stored_whole_or_refused(
        self, filename: str, mime_type: str, content: bytes, kind: MessageKind
    ) -> None:
        known = self.a_file(kind, filename=filename, content=content)
        for upload in (known, MediaUpload(kind, mime_type, filename, content)):
            outcome = outcome_of(self.adapter.upload_request, upload, self.credentials)
            if isinstance(outcome, SendError):
                assert outcome.remedy is Remedy.GIVE_UP
            else:
                assert content in contents_of(outcome)

    def test_an_accepted_file_has_an_id_for_some_time(self) -> None:
        stored = self.adapter.upload_of(self.stored("stored-id-21"))
        assert stored.external_id == "stored-id-21"
        assert stored.seconds is None or stored.seconds >= 86_400

    @pytest.mark.parametrize("body", [b"", b"[]", b"OK", b"{}", b'{"id":null,"attachment_id":[],"media_id":{}}'])
    def test_a_stored_file_without_an_id_is_an_unknown_outcome(self, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            self.adapter.upload_of(HttpResponse(200, {}, body))

    def test_a_file_that_is_no_longer_stored_is_to_be_stored_again(self) -> None:
        with pytest.raises(SendError) as refused:
            self.adapter.result_of(self.unknown_file())
        assert_usable(refused.value)
        assert refused.value.stale_media
        assert refused.value.retryable
        assert refused.value.max_attempts == 2
        with pytest.raises(SendError) as other:
            self.adapter.result_of(self.complaint("no"))
        assert not other.value.stale_media

    # --- from the vendor --------------------------------------------------------------------------

    def test_a_file_of_a_customer_is_fetched(self) -> None:
        assert self.adapter.download_request(self.sent_file, self.credentials).method == "GET"
        headers = {
            "content-type": "Application/PDF; charset=binary",
            "content-disposition": "attachment; filename=\"..\\secret/Price list.pdf\"; filename*=UTF-8''a%2Fb%0A%E5%83%B9.pdf",
        }
        file = self.adapter.download_of(HttpResponse(200, headers, b"%PDF-1.4"), self.credentials)
        assert isinstance(file, DownloadedMedia)
        assert (file.content, file.mime_type) == (b"%PDF-1.4", "application/pdf")
        assert file.filename in ("b價.pdf", "Price list.pdf")
        assert "%PDF" not in repr(file)

    def test_a_file_without_headers_is_one_too(self) -> None:
        assert self.adapter.download_of(HttpResponse(200, {}, b"GIF89a"), self.credentials) == DownloadedMedia(
            b"GIF89a", "", ""
        )

    @pytest.mark.parametrize("url", NOWHERE)
    def test_no_address_but_the_vendors_own_is_fetched(self, url: str) -> None:
        refused = outcome_of(
            self.adapter.download_request, MediaReference(MessageKind.IMAGE, url=url), self.credentials
        )
        moved = outcome_of(self.adapter.download_of, HttpResponse(302, {"location": url}, b""), self.credentials)
        for outcome in (refused, moved):
            if isinstance(outcome, HttpRequest):  # by https, where the address said http of a host of the vendor
                assert (outcome.url[:8], url[:7]) == ("https://", "http://")
            else:
                assert isinstance(outcome, SendError)
                assert outcome.remedy is Remedy.GIVE_UP

    def test_a_file_that_has_moved_is_followed_to_the_vendor(self) -> None:
        address = f"{self.credentials['base_url']}/media/files/2"
        moved = self.adapter.download_of(HttpResponse(302, {"location": address}, b""), self.credentials)
        assert isinstance(moved, HttpRequest)
        assert (moved.method, moved.url) == ("GET", address)

    def test_a_reference_to_nothing_is_refused(self) -> None:
        with pytest.raises(SendError) as refused:
            self.adapter.download_request(MediaReference(MessageKind.IMAGE), self.credentials)
        assert refused.value.remedy is Remedy.GIVE_UP

    def test_a_lost_file_is_told_from_other_trouble(self) -> None:
        for response in (self.lost_file(), HttpResponse(404, {}, b"<html>"), HttpResponse(410, {}, b"")):
            with pytest.raises(SendError) as lost:
                self.adapter.download_of(response, self.credentials)
            assert_usable(lost.value)
            assert lost.value.stale_media
            assert not lost.value.retryable
        with pytest.raises(SendError) as busy:
            self.adapter.download_of(HttpResponse(429, {"retry-after": "17"}, b""), self.credentials)
        assert busy.value.retryable
        assert busy.value.wait_after(3) == 17
        for status, body in ((500, b""), (502, b"<html>bad gateway</html>"), (204, b""), (200, b"")):
            with pytest.raises(OutcomeUnknown):
                self.adapter.download_of(HttpResponse(status, {}, body), self.credentials)

    @quick
    @given(
        status=st.sampled_from([200, 200, 302]) | st.integers(100, 599),
        body=answers,
        headers=st.dictionaries(
            st.sampled_from(["content-type", "content-disposition", "location", "retry-after"]), texts
        ),
    )
    def test_any_answer_about_a_file_is_read_or_an_error_by_name(
        self, status: int, body: bytes, headers: dict[str, str]
    ) -> None:
        response = HttpResponse(status, headers, body)
        stored = outcome_of(self.adapter.upload_of, response)
        fetched = outcome_of(self.adapter.download_of, response, self.credentials)
        for outcome in (stored, fetched):
            if isinstance(outcome, SendError):
                assert_usable(outcome)
            elif not isinstance(outcome, OutcomeUnknown):
                assert isinstance(outcome, UploadedMedia | DownloadedMedia | HttpRequest)
        if isinstance(fetched, DownloadedMedia):
            assert fetched.content == body
            assert_storable_value((fetched.mime_type, fetched.filename))

    def test_a_secret_that_the_vendor_quotes_reaches_no_error_about_a_file(self) -> None:
        for secret in self.secret_values():
            complaint = self.complaint(f"Malformed access token {secret}")
            for outcome in (
                outcome_of(self.adapter.upload_of, complaint),
                outcome_of(self.adapter.download_of, complaint, self.credentials),
            ):
                if isinstance(outcome, Exception) and secret in self.credentials.values():
                    assert_secretless(outcome, [secret])

    # --- samples of templates ---------------------------------------------------------------------

    @quick
    @given(status=st.sampled_from([200]) | st.integers(100, 599), body=answers)
    def test_any_answer_about_a_sample_is_read_or_an_error_by_name(self, status: int, body: bytes) -> None:
        if self.adapter.templates is None:
            return
        upload = self.a_file(MessageKind.IMAGE)
        outcome = outcome_of(
            self.adapter.templates.sample_step, HttpResponse(status, {}, body), upload, self.credentials
        )
        if isinstance(outcome, SendError):
            assert_usable(outcome)
        elif not isinstance(outcome, OutcomeUnknown):
            assert isinstance(outcome, HttpRequest | str)
            assert outcome

    # --- asserts ----------------------------------------------------------------------------------

    def refused_file(self, upload: MediaUpload) -> SendError:
        with pytest.raises(SendError) as refused:
            self.adapter.upload_request(upload, self.credentials)
        assert_usable(refused.value)
        assert refused.value.remedy is Remedy.GIVE_UP
        return refused.value


def contents_of(request: HttpRequest) -> list[bytes]:
    """Return what a form holds, as any server reads it."""
    form = f"content-type: {request.headers['content-type']}\r\n\r\n".encode() + request.body
    parts = list(BytesParser(policy=HTTP).parsebytes(form).iter_parts())
    assert parts
    return [content for part in parts if isinstance(content := part.get_payload(decode=True), bytes)]

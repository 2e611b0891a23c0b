"""Files, and the files that were made from them. Bytes are in `storage`, once for each content and workspace."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel
from media_converter.probe import Probe

from .filetypes import INLINE_TYPES


class FileKind(models.TextChoices):
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    DOCUMENT = "document", _("Document")


class MediaFile(TenantModel):
    """A file as it was found to be: `mime_type` and `kind` by its bytes, never by what was declared.

    `filename` is fit to be shown and ends as the type says. `details` holds container, codecs, channels, animated,
    alpha, turned, problem (why it cannot be opened), declared (the name or type that was wrong) and waveform (64 numbers
    to 100). What was made from another file has `made_from` and its `recipe`.
    """

    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField(_("bytes"))
    mime_type = models.CharField(_("type"), max_length=120)
    filename = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind.choices)
    width = models.IntegerField(_("width"), null=True)
    height = models.IntegerField(_("height"), null=True)
    duration_ms = models.BigIntegerField(_("milliseconds"), null=True)
    details = models.JSONField(_("details"), default=dict)
    made_from = models.ForeignKey(
        "self", db_constraint=False, on_delete=models.CASCADE, null=True, related_name="made", db_index=False
    )
    recipe = models.CharField(_("how it was made"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    previews_at = models.DateTimeField(
        _("previews made"), null=True
    )  # when thumbnail, waveform and preview were made, or given up

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["made_from", "recipe"], name="made_once_per_recipe", condition=Q(made_from__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "sha256"], name="files_by_content"),
            models.Index(fields=["workspace", "created_at"], name="files_by_age"),
            models.Index(
                fields=["created_at"],
                name="files_without_previews",
                condition=Q(previews_at__isnull=True, made_from__isnull=True),
            ),
        ]
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.filename

    @property
    def probe(self) -> Probe:
        """What `planning` has to know."""
        known: dict[str, Any] = {
            name: self.details[name]
            for name in ("container", "channels", "animated", "alpha", "turned", "problem")
            if name in self.details
        }
        return Probe(
            kind=self.kind,
            mime_type=self.mime_type,
            size=self.size,
            width=self.width,
            height=self.height,
            duration_ms=self.duration_ms,
            codecs=tuple(self.details.get("codecs", ())),
            **known,
        )

    @property
    def is_inline(self) -> bool:
        """Whether a browser may show it inside a page of ours; everything else is downloaded."""
        return self.mime_type in INLINE_TYPES and not self.details.get("problem")

    def url(self, slug: str) -> str:
        return reverse("media:file", args=[slug, self.pk, self.filename])

    def thumbnail_url(self, slug: str) -> str:
        """The address of its small picture, "" where there will be none."""
        if self.kind not in (FileKind.IMAGE, FileKind.VIDEO) or self.details.get("problem"):
            return ""
        return reverse("media:thumbnail", args=[slug, self.pk])

"""What a carer's phone tells besides the checks: on the way, a note, a photo. Each is kept as it was sent, append-only.

None has a position: that is read at check-in and check-out only.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dispatch.visits.models.work import Assignment
from people.fields import EncryptedBinaryField, EncryptedTextField


class FromThePhone(models.Model):
    """One message of a phone about one piece of work. The phone makes its id, so that a repeat stores nothing."""

    is_repeat = False  # set on the instance that a repeated send gets back

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("assignment")
    )
    client_id = models.UUIDField(
        _("message id"), unique=True, help_text=_("made by the device; a repeat stores nothing")
    )
    device_time = models.DateTimeField(_("device time"))
    sent_at = models.DateTimeField(_("device time of sending"), null=True, blank=True)
    server_time = models.DateTimeField(_("server time"))
    told_at = models.DateTimeField(
        _("counts as"), help_text=_("device time, or its correction when the device clock is off")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        abstract = True
        ordering = ["told_at", "pk"]

    def __str__(self) -> str:
        return f"{self.assignment}"


class Departure(FromThePhone):
    """The carer has set out for the elder's home; of several the earliest counts."""

    class Meta(FromThePhone.Meta):
        verbose_name = _("departure")
        verbose_name_plural = _("departures")


class VisitNote(FromThePhone):
    """What the carer wrote about the visit. Words about a person at home are sealed."""

    text = EncryptedTextField(_("words"))

    class Meta(FromThePhone.Meta):
        verbose_name = _("visit note")
        verbose_name_plural = _("visit notes")


class VisitPhoto(FromThePhone):
    """A photo of the visit, drawn anew as a JPEG without anything the camera wrote beside it, and sealed.

    It lies in the database so that a backup, a restore and a deletion are one thing each.
    """

    image = EncryptedBinaryField(_("image"))
    width = models.PositiveSmallIntegerField(_("width (pixels)"))
    height = models.PositiveSmallIntegerField(_("height (pixels)"))

    class Meta(FromThePhone.Meta):
        verbose_name = _("visit photo")
        verbose_name_plural = _("visit photos")

"""What happened to an elder's card, by whom and when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.elders import Elder
from people.models import Person


class ElderEvent(models.Model):
    """A change of what is on an elder's card. Append-only; it names what changed and never repeats the value."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        FACTS = "facts", _("card changed")
        CONTACT_ADDED = "contact_added", _("contact added")
        CONTACT_CHANGED = "contact_changed", _("contact changed")
        CONTACT_REMOVED = "contact_removed", _("contact removed")
        DOOR_CARD = "door_card", _("door card printed")

    elder = models.ForeignKey(Elder, on_delete=models.PROTECT, related_name="events", verbose_name=_("elder"))
    kind = models.CharField(_("what happened"), max_length=16, choices=Kind)
    facts = models.CharField(_("what changed"), max_length=100, blank=True)
    # Whom a change of contacts is about.
    contact = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("contact"),
    )
    # The form's own key: sent twice, the elder is entered once.
    key = models.UUIDField(null=True, unique=True, editable=False)
    digest = models.UUIDField(null=True, editable=False)  # of what was typed, see people.form_keys
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of an elder")
        verbose_name_plural = _("events of elders")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()

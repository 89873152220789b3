"""The shapes of the forms about who speaks for an elder."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dispatch.console.refusable import RefusableForm
from orders.models import CallRecord, Contact
from orders.services.contacts import RELATION_LENGTH, Terms, terms_of
from people.identity import NAME_LENGTH
from people.masking import mask_phone
from people.models import Gender


def genders() -> list[tuple[str, str | Promise]]:
    """The choices of a gender, nothing first; a select jumps to the letter in front, so one key chooses."""
    return [("", ""), *((code, format_lazy("{} {}", code, label)) for code, label in Gender.choices)]


class TermsForm(RefusableForm):
    """What somebody is to the elder and may do, and a number to reach them."""

    field_of = {"relation": "contact_relation", "authority": "contact_authority", "phone": "contact_phone"}

    contact_relation = forms.CharField(
        label=_("Is to the elder"),
        max_length=RELATION_LENGTH,
        widget=forms.TextInput(attrs={"list": "relations", "autocomplete": "off"}),
    )
    contact_authority = forms.ChoiceField(
        label=pgettext_lazy("contact", "May"), choices=Contact.Authority.choices, initial=Contact.Authority.MAY_ORDER
    )
    contact_phone = forms.CharField(
        label=_("The contact's phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def terms(self) -> Terms:
        """The relation and authority of a valid form."""
        return Terms(self.cleaned_data["contact_relation"], self.cleaned_data["contact_authority"])


class ContactForm(TermsForm):
    """Somebody who speaks for an elder."""

    field_of = TermsForm.field_of | {"name": "contact_name", "gender": "contact_gender"}
    field_order: Sequence[str] = (
        "contact_name",
        "contact_gender",
        "contact_relation",
        "contact_authority",
        "contact_phone",
    )

    contact_name = forms.CharField(
        label=_("The contact's name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_gender = forms.ChoiceField(label=_("The contact's gender"), choices=genders)


class CallersForm(ContactForm):
    """A contact added from the card; in a call with a number, its phone may be that number, which stays hidden."""

    is_caller = forms.BooleanField(label=_("is on the line: this call's number is theirs"), required=False)

    def __init__(self, data: Any = None, *, call: CallRecord | None = None) -> None:
        super().__init__(data, label_suffix="", auto_id="new-%s")
        self._number = call.number if call else ""
        if self._number:
            self.fields["is_caller"].help_text = mask_phone(self._number)
        else:
            del self.fields["is_caller"]

    def phone(self) -> str:
        """The number of the valid form; empty for none."""
        return self._number if self.cleaned_data.get("is_caller") else str(self.cleaned_data["contact_phone"])


class ChangeContactForm(TermsForm):
    """Other terms or a new phone for a contact, with the terms that were on the screen."""

    seen_relation = forms.CharField(widget=forms.HiddenInput)
    seen_authority = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        terms = terms_of(contact)
        shown = {"contact_relation": terms.relation, "contact_authority": terms.authority}
        seen = {"seen_relation": terms.relation, "seen_authority": terms.authority}
        super().__init__(data, initial=shown | seen, label_suffix="", auto_id=f"contact-{contact.pk}-%s")
        self.fields["contact_phone"].label = _("New phone")

    def seen(self) -> Terms:
        """The terms that the operator decided on."""
        return Terms(self.cleaned_data["seen_relation"], self.cleaned_data["seen_authority"])

    def look_again(self) -> None:
        """Keep what was typed, and take what is stored now as seen."""
        self.put(**{name: self.initial[name] for name in ("seen_relation", "seen_authority")})

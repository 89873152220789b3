"""The shape of the form for a new elder, in the order in which a caller tells it; the service decides."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dispatch.console.born import Born, BornField
from dispatch.console.contact_forms import ContactForm, genders
from orders.duplicates import Newcomer
from orders.models import CallRecord, ElderAlert, ElderCategory
from orders.services.registration import Home, NewContact, birth_date_of
from people import pinyin
from people.errors import Invalid
from people.id_numbers import parse
from people.identity import NAME_LENGTH, checked_name
from people.masking import mask_phone
from people.models import Town
from people.phones import normalize
from people.selectors import towns_visible_to, villages_of
from people.services import VILLAGE_LENGTH

ADDRESS_LENGTH = 200


def town_choices(towns: Iterable[Town]) -> list[tuple[str, str]]:
    """The towns as a select jumps to them: “GGZ 高沟镇”, in the order of their pinyin, nothing first."""
    labelled = [(str(town.pk), f"{pinyin.keys(town.name)[1].partition(' ')[0].upper()} {town.name}") for town in towns]
    return [("", ""), *sorted(labelled, key=lambda choice: choice[1])]


class NewElderForm(ContactForm):
    """Everything the first call may tell. Of a call with a number, the number itself stays on the server."""

    ELDERS, CONTACTS, NOBODYS = "elder", "contact", "nobody"

    field_of = {"birth_date": "born"}
    # Wrong fields are told from top to bottom, as the page shows them.
    field_order: Sequence[str] = (
        "name",
        "gender",
        "born",
        "town",
        "village",
        "address",
        "caller_is",
        "phone",
        "id_number",
    )

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=NAME_LENGTH)
    gender = forms.ChoiceField(label=_("Gender"), choices=genders, required=False)
    born = BornField(label=_("Age or date of birth"), max_length=20, required=False)
    town = forms.TypedChoiceField(label=_("Town"))
    village = forms.CharField(
        label=_("Village"),
        max_length=VILLAGE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"list": "villages"}),
    )
    address = forms.CharField(label=_("Address in the village"), max_length=ADDRESS_LENGTH, required=False)
    caller_is = forms.ChoiceField(label=_("This call's number"), required=False, widget=forms.RadioSelect)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    id_number = forms.CharField(label=_("ID number"), max_length=40, required=False)
    categories = forms.MultipleChoiceField(
        label=_("Categories"), choices=ElderCategory.Code.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    alerts = forms.MultipleChoiceField(
        label=_("Before ringing the bell"),
        # "Other" means something only with its note, which the card asks for.
        choices=[choice for choice in ElderAlert.Kind.choices if choice[0] != ElderAlert.Kind.OTHER],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, data: Any = None, *, user: User, today: date, call: CallRecord | None = None, query: str = ""
    ) -> None:
        super().__init__(data, initial=_typed_already(query), label_suffix="")
        self._today = today
        self._number = call.number if call else ""
        self._towns = {str(town.pk): town for town in towns_visible_to(user)}
        town = self.fields["town"]
        assert isinstance(town, forms.TypedChoiceField)
        town.choices, town.coerce = town_choices(self._towns.values()), self._towns.__getitem__
        if self._number:
            self._ask_whose_number()
        else:
            del self.fields["caller_is"]
        for name in ("contact_name", "contact_gender", "contact_relation"):
            self.fields[name].required = False
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        if data is None:
            first = "gender" if "name" in self.initial else "name"
            self.fields[first].widget.attrs["autofocus"] = True

    def _ask_whose_number(self) -> None:
        field = self.fields["caller_is"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (self.ELDERS, _("the elder's own")),
            (self.CONTACTS, _("the contact's, below")),
            (self.NOBODYS, _("neither's")),
        ]
        field.initial = self.ELDERS
        field.help_text = mask_phone(self._number)

    def clean(self) -> dict[str, Any]:
        """Asks for what an ID number would tell, for the rest of a contact that was begun, and for real values.

        The services check the values again; here it is done so that everything wrong is marked at once.
        """
        data = super().clean() or self.cleaned_data
        if not data.get("id_number"):
            self._require("gender", "born")
        if self._has_contact():
            self._require("contact_name", "contact_gender", "contact_relation")
        checks: dict[str, Callable[[str], object]] = {
            "name": checked_name,
            "contact_name": checked_name,
            "phone": normalize,
            "contact_phone": normalize,
            "id_number": lambda number: parse(number, today=self._today),
        }
        for name, check in checks.items():
            try:
                if data.get(name):
                    check(data[name])
            except Invalid as refusal:
                self.add_error(name, str(refusal.message))
        return data

    def _require(self, *names: str) -> None:
        for name in names:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])

    def _has_contact(self) -> bool:
        begun = any(self.cleaned_data.get(name) for name in ("contact_name", "contact_relation", "contact_phone"))
        return begun or self.cleaned_data.get("caller_is") == self.CONTACTS

    def main(self) -> Iterable[BoundField]:
        """What every new elder needs, in the order of the telling."""
        return [self[name] for name in self.field_order if name in self.fields]

    def contact(self) -> Iterable[BoundField]:
        """Who speaks for the elder."""
        return [self[name] for name in ContactForm.field_order]

    def more_is_open(self) -> bool:
        """True when something is chosen or wrong among the fields that are folded away."""
        return any(self[name].errors or self[name].value() for name in ("categories", "alerts"))

    def newcomer(self) -> Newcomer:
        """What is typed so far, valid or not, to look for whom it may repeat."""
        typed = {field.name: str(field.value() or "").strip() for field in self}
        is_elders = typed.get("caller_is") == self.ELDERS
        try:
            born = BornField(required=False).clean(typed["born"][:20]) or Born()
            birth_date = born.day or (birth_date_of(born.age, self._today) if born.age is not None else None)
        except (ValidationError, Invalid):
            birth_date = None
        return Newcomer(
            name=" ".join(typed["name"][:NAME_LENGTH].split()),
            phones=tuple(number for number in (self._number if is_elders else "", typed["phone"]) if number),
            birth_date=birth_date,
            id_number=typed["id_number"],
            town=self._towns.get(typed["town"]),
            village=typed["village"],
        )

    def villages(self) -> list[str]:
        """The known villages of the town chosen so far, to choose from while typing."""
        town = self._towns.get(str(self["town"].value()))
        return villages_of(town) if town else []

    def elder(self) -> dict[str, Any]:
        """The valid form as the service's words."""
        data = self.cleaned_data
        born, whose = data["born"], data.get("caller_is")
        return {
            "name": data["name"],
            "gender": data["gender"],
            "birth_date": born and born.day,
            "age": born and born.age,
            "id_number": data["id_number"],
            "phones": [number for number in (self._number if whose == self.ELDERS else "", data["phone"]) if number],
            "home": Home(data["town"], data["village"], data["address"]),
            "categories": data["categories"],
            "alerts": data["alerts"],
            "contact": self._new_contact() if self._has_contact() else None,
            "key": data["key"],
        }

    def _new_contact(self) -> NewContact:
        data = self.cleaned_data
        calls = data.get("caller_is") == self.CONTACTS
        return NewContact(
            name=data["contact_name"],
            gender=data["contact_gender"],
            terms=self.terms(),
            phone=self._number if calls else data["contact_phone"],
        )


def _typed_already(query: str) -> dict[str, str]:
    """What was typed into the search is the start of the form: digits are a phone, anything else a name."""
    if not query:
        return {}
    return {"phone" if any(char.isdigit() for char in query) else "name": query[:NAME_LENGTH]}

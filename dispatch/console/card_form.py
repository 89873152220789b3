"""The shape of the form that corrects an elder's card, and how the card's facts are said beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from dispatch.console.contact_forms import genders
from dispatch.console.refusable import RefusableForm
from orders.card import CardChange, CardFacts
from orders.models import ElderAlert
from orders.services.card import NEW_PHONE
from people.errors import Text
from people.masking import mask_phone
from people.models import Gender


@dataclass(frozen=True, slots=True)
class Versions:
    """One fact in two versions: what the operator wants, and what is stored now."""

    label: Text
    hers: str
    stored: str

    @property
    def differ(self) -> bool:
        return self.hers != self.stored


class CardForm(RefusableForm):
    """Wish, home, alerts and phones, with the version that was on the screen. Notes and numbers are never shown."""

    field_of = {"phone": "new_phone"}

    seen = forms.CharField(widget=forms.HiddenInput)
    gender_wish = forms.ChoiceField(label=_("Wishes a carer who is"), choices=genders, required=False)
    home_adapted = forms.BooleanField(label=_("The home is adapted for bathing"), required=False)
    alerts = forms.MultipleChoiceField(
        label=_("Before ringing the bell"),
        choices=ElderAlert.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    first_phone = forms.TypedChoiceField(
        label=_("First to call"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    gone_phones = forms.TypedMultipleChoiceField(
        label=_("No longer in use"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    new_phone = forms.CharField(label=_("New phone"), max_length=40, required=False)

    def __init__(self, data: Any = None, *, facts: CardFacts) -> None:
        shown = {
            "seen": facts.version(),
            "gender_wish": facts.gender_wish,
            "home_adapted": facts.home_adapted,
            "alerts": [kind for kind, _note in facts.alerts],
            "first_phone": next((key for key, _number, is_first in facts.phones if is_first), None),
        }
        super().__init__(data, initial=shown, label_suffix="", auto_id="card-%s")
        self.facts = facts
        numbers = [(key, mask_phone(number)) for key, number, _is_first in facts.phones]
        self._offer("first_phone", [*numbers, (NEW_PHONE, _("the new phone"))])
        self._offer("gone_phones", numbers)
        noted = {kind for kind, note in facts.alerts if note}
        for kind, label in ElderAlert.Kind.choices:
            self.fields[f"note_{kind}"] = forms.CharField(
                label=_("Note: %(alert)s") % {"alert": label},
                max_length=200,
                required=False,
                help_text=_("Recorded. Leave empty to keep it.") if kind in noted else "",
            )

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def is_stale(self) -> bool:
        """True when the card says something else by now than when this form was shown."""
        return str(self["seen"].value()) != self.facts.version()

    def look_again(self) -> None:
        """Keep what was typed, and take what is stored now as seen."""
        self.put(seen=self.facts.version())

    def notes(self) -> Iterable[BoundField]:
        """A note for each kind of alert."""
        return [self[f"note_{kind}"] for kind in ElderAlert.Kind.values]

    def change(self) -> CardChange:
        """The valid form as the service's words."""
        data = self.cleaned_data
        return CardChange(
            gender_wish=data["gender_wish"],
            home_adapted=data["home_adapted"],
            alerts={kind: data[f"note_{kind}"] for kind in data["alerts"]},
            new_phone=data["new_phone"],
            first_phone=data["first_phone"],
            gone_phones=frozenset(data["gone_phones"]),
        )

    def versions(self) -> list[Versions]:
        """What was typed beside what is stored now, fact by fact."""
        gone = {str(key) for key in self["gone_phones"].value() or ()}
        stored = [mask_phone(number) for _key, number, _is_first in self.facts.phones]
        hers = [mask_phone(number) for key, number, _is_first in self.facts.phones if str(key) not in gone]
        if typed := str(self["new_phone"].value() or ""):
            hers.append(mask_phone(typed))
        wished, adapted = str(self["gender_wish"].value() or ""), bool(self["home_adapted"].value())
        alerts = set(self["alerts"].value() or ())
        facts = self.facts
        return [
            Versions(_("Wishes a carer who is"), _wish(wished), _wish(facts.gender_wish)),
            Versions(_("The home is adapted for bathing"), _yes_no(adapted), _yes_no(facts.home_adapted)),
            Versions(_("Before ringing the bell"), _alerts(alerts), _alerts({kind for kind, _note in facts.alerts})),
            Versions(_("Phone"), _listed(hers), _listed(stored)),
        ]


def _wish(gender: str) -> str:
    return str(dict(Gender.choices).get(gender, _("no wish")))


def _yes_no(is_so: bool) -> str:
    return str(_("yes") if is_so else _("no"))


def _alerts(kinds: set[str]) -> str:
    return _listed([str(label) for kind, label in ElderAlert.Kind.choices if kind in kinds])


def _listed(words: list[str]) -> str:
    return "、".join(words) or "–"

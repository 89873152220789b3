"""Admin pages of people, towns, places, the log of reveals and the county's settings. Users: people.admin_users."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from people import admin_users, clock, identity, services
from people.admin_base import MaskedAdmin, MaskedInline, ReadOnlyAdmin, SecretForm
from people.admin_reveal import FIELD_LABELS, RevealAdmin
from people.errors import Invalid
from people.masking import mask_id_number, mask_phone
from people.models import Person, Phone, Place, PolicySetting, RevealLog, Town, TownDuty
from people.policy import DEFAULTS
from people.roles import Role
from people.selectors import people_matching, people_visible_to, places_visible_to, towns_visible_to

admin_users.register()


@admin.register(Town)
class TownAdmin(MaskedAdmin):
    list_display = ["name", "code", "latitude", "longitude"]
    search_fields = ["name", "code"]
    visible_to = staticmethod(towns_visible_to)


@admin.register(TownDuty)
class TownDutyAdmin(MaskedAdmin):
    list_display = ["user", "town"]
    list_filter = ["town"]
    autocomplete_fields = ["user", "town"]
    viewers = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
    removable = True


@admin.register(Place)
class PlaceAdmin(MaskedAdmin):
    list_display = ["town", "village", "latitude", "longitude"]
    list_filter = ["town"]
    list_select_related = ["town"]
    search_fields = ["village", "town__name"]
    autocomplete_fields = ["town"]
    fields = ["town", "village", "address", "latitude", "longitude"]
    visible_to = staticmethod(places_visible_to)


class PhoneForm(SecretForm):
    """Takes a number as it is said and stores it in one form."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "number" in self.errors or not data.get("number"):
            return data
        try:
            phone = identity.prepare_phone(person=Person(), number=data["number"], is_primary=False)
        except Invalid as refusal:
            self.add_error("number", str(refusal.message))
            return data
        data["number"] = phone.number
        self.instance.number_index, self.instance.tail = phone.number_index, phone.tail
        return data


class PhoneFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """A number once, one number to call first."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE") and form.is_valid()]
        if len({form.instance.number_index for form in kept}) < len(kept):
            raise forms.ValidationError(_("This person has this number already."))
        if sum(form.cleaned_data["is_primary"] for form in kept) > 1:
            raise forms.ValidationError(_("Only one number can be the first to call."))


class PhoneInline(MaskedInline):
    model = Phone
    form = PhoneForm
    formset = PhoneFormSet
    fields = ["masked", "number", "is_primary"]
    readonly_fields = ["masked"]

    @display(description=_("number on record"))
    def masked(self, phone: Phone) -> str:
        return mask_phone(phone.number) if phone.pk else "–"


class PersonForm(SecretForm):
    """Checks an identity as the service will, so that a refusal stands beside its field."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        try:
            checked = identity.prepare_person(
                name=data["name"],
                gender=data["gender"],
                birth_date=data.get("birth_date"),
                id_number=data.get("id_number"),
                now=clock.now(),
            )
        except Invalid as refusal:
            for name, messages in refusal.fields.items():
                self.add_error(name, [str(message) for message in messages])
            return data
        known = Person.objects.filter(id_number_index=checked.id_number_index).exclude(pk=self.instance.pk)
        if checked.id_number_index and known.exists():
            self.add_error("id_number", _("Somebody with this ID number is known already."))
        return data


@admin.register(Person)
class PersonAdmin(RevealAdmin):
    form = PersonForm
    fields = ["name", "gender", "birth_date", "id_number", "masked_id_number", "home", "user"]
    readonly_fields = ["masked_id_number"]
    list_display = ["name", "gender", "birth_date", "masked_id_number", "masked_phone", "home"]
    list_filter = ["gender", "home__town"]
    list_select_related = ["home__town"]
    search_fields = ["name"]
    search_help_text = _("Name, pinyin, initials, phone, ID number or the last four of it, town or village")
    autocomplete_fields = ["home", "user"]
    inlines = [PhoneInline]
    visible_to = staticmethod(people_visible_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).prefetch_related("phones")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Person], search_term: str
    ) -> tuple[QuerySet[Person], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=people_matching(search_term).values("pk")), False

    def person_of(self, obj: Person) -> Person:
        return obj

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        now = clock.now()
        if not change:
            obj.created_at = now
        services.change_person(
            person=obj,
            name=obj.name,
            gender=obj.gender,
            birth_date=obj.birth_date,
            id_number=form.cleaned_data.get("id_number"),
            home=obj.home,
            actor=request.user,
            now=now,
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A number that is no longer the first to call makes room before another takes its place."""
        changed = formset.save(commit=False)
        for phone in formset.deleted_objects:
            phone.delete()
        for phone in sorted(changed, key=lambda phone: phone.is_primary):
            phone.save()
        formset.save_m2m()

    @display(description=_("ID number on record"))
    def masked_id_number(self, person: Person) -> str:
        return mask_id_number(person.id_number or "") or "–"

    @display(description=_("phones"))
    def masked_phone(self, person: Person) -> str:
        return "、".join(mask_phone(phone.number) for phone in person.phones.all()) or "–"


@admin.register(RevealLog)
class RevealLogAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "person", "what", "reason"]
    fields = ["at", "actor", "person", "what", "reason"]
    readonly_fields = ["what"]
    list_filter = ["field", "actor"]
    list_select_related = ["actor", "person"]
    search_fields = ["reason", "person__name", "actor__username"]
    date_hierarchy = "at"
    viewers = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

    @display(description=_("field"), ordering="field")
    def what(self, row: RevealLog) -> str:
        return str(FIELD_LABELS.get(row.field, row.field))


class PolicyForm(SecretForm):
    """Only keys that the product knows, only values of the default's kind."""

    key = forms.ChoiceField(label=_("setting"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["key"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [
                (key, f"{default.meaning} ({default.value} {default.unit})") for key, default in DEFAULTS.items()
            ]

    def clean_value(self) -> object:
        value = self.cleaned_data["value"]
        default = DEFAULTS.get(self.cleaned_data.get("key", ""))
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if default is None or isinstance(default.value, str):
            fits = isinstance(value, str)
        else:
            fits = number and (isinstance(default.value, float) or isinstance(value, int)) and value >= 0
        if not fits:
            raise forms.ValidationError(_("Write a value of the same kind as the default."))
        return value


@admin.register(PolicySetting)
class PolicySettingAdmin(MaskedAdmin):
    form = PolicyForm
    fields = ["key", "value", "effective_from", "owner", "note"]
    list_display = ["key", "meaning", "value", "effective_from", "owner", "note"]
    list_filter = ["key"]
    date_hierarchy = "effective_from"
    viewers = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.DISPATCHER})

    @display(description=_("meaning"))
    def meaning(self, setting: PolicySetting) -> str:
        default = DEFAULTS.get(setting.key)
        return f"{default.meaning} ({default.unit})" if default else "–"

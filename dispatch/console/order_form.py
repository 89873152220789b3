"""The shapes of the order form: its head, and a line for each service. What may be ordered is the services' decision."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from dispatch.console.refusable import RefusableForm
from orders.models import Contact, Elder, OrderItem, ServiceItem, ServiceKind
from orders.requests import ItemRequest, Recurrence
from orders.selectors import catalogue_on
from orders.wall_clock import at, local
from people.clock import YEARS
from people.errors import Text
from people.models import Gender, Person
from people.templatetags.care import day_word
from volunteers.models import Carer

MOST_LINES = 5
KEEP_CREDITS = "keep"
REPEATS = [
    ("", _("once")),
    ("FREQ=DAILY", _("every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", _("on weekdays")),
    ("FREQ=WEEKLY", _("every week")),
]
_FIRST_HOUR, _LAST_HOUR = 8, 16  # a window of two hours from these hours is proposed
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_CLOCK = forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")


def plausible(day: date) -> None:
    """Raises ValidationError for a day of a year that no visit has."""
    if day.year not in YEARS:
        raise ValidationError(_("There is no such day."))


class HeadForm(RefusableForm):
    """Who asked, and what should be noted."""

    field_of = {"ordered_by": "caller"}

    caller = forms.ModelChoiceField(Person.objects.none(), label=_("Asked for by"), empty_label=None)
    credits = forms.ChoiceField(
        label=_("Time credits"), choices=[("", _("may pay")), (KEEP_CREDITS, _("are kept"))], required=False
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, elder: Elder, caller: int | None = None) -> None:
        super().__init__(data, initial={"caller": caller or elder.person_id}, label_suffix="")
        speakers = Contact.objects.filter(elder=elder, authority=Contact.Authority.MAY_ORDER).values_list("person")
        self.offer("caller", Person.objects.filter(pk__in=[elder.person_id, *(key for (key,) in speakers)]))

    @property
    def uses_credits(self) -> bool:
        """Whether time credits may pay what government hours leave over; said or not yet said otherwise."""
        return str(self["credits"].value()) != KEEP_CREDITS


class LineForm(RefusableForm):
    """One service with its window on the county's clock, how it repeats, and the elder's wishes."""

    field_of = {
        "window_start": "start",
        "window_end": "end",
        "time_critical_reason": "critical",
        "time_critical_note": "critical_note",
        "rrule": "repeat",
        "ends_on": "until",
        "gender_wish": "gender",
        "dialect_wish": "dialect",
        "wished_carer": "carer",
    }

    item = forms.ModelChoiceField(
        ServiceItem.objects.none(), label=_("Service"), widget=forms.RadioSelect, empty_label=None
    )
    day = forms.DateField(label=_("Day of the visit"), widget=_DAY, validators=[plausible])
    start = forms.TimeField(label=_("Start not before"), widget=_CLOCK)
    end = forms.TimeField(label=_("Start not after"), widget=_CLOCK)
    repeat = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    until = forms.DateField(
        label=_("Repeats until (empty: for good)"), widget=_DAY, required=False, validators=[plausible]
    )
    carers_needed = forms.TypedChoiceField(
        label=_("How many carers"),
        choices=[("", _("as the service says")), (1, _("one")), (2, _("two"))],
        coerce=int,
        required=False,
        empty_value=None,
    )
    carer = forms.ModelChoiceField(
        Carer.objects.none(), label=_("Wishes the carer"), empty_label=_("whoever can"), required=False
    )
    gender = forms.ChoiceField(
        label=_("Wishes a carer who is"), choices=[("", _("no wish")), *Gender.choices], required=False
    )
    dialect = forms.CharField(label=_("Wishes the dialect"), max_length=20, required=False)
    critical = forms.ChoiceField(
        label=_("Time-critical because of"),
        choices=[("", _("not time-critical")), *OrderItem.CriticalReason.choices],
        required=False,
    )
    critical_note = forms.CharField(label=_("Note on the time"), max_length=100, required=False)
    slot = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, elder: Elder, today: date, **kwargs: Any) -> None:
        kwargs |= {"label_suffix": "", "empty_permitted": False}  # a formset would skip blank lines
        super().__init__(*args, **kwargs)
        self.offer("item", services_to_order(today))
        self.offer("carer", carers_to_wish(elder, today))

    @property
    def summary(self) -> str:
        """A line that is not open, in short: the service and when."""
        if not self.is_valid():
            return str(self["day"].value() or "")
        data = self.cleaned_data
        repeats = dict(REPEATS)[data["repeat"]] if data["repeat"] else ""
        when = f"{day_word(data['day'])} {data['start']:%H:%M}–{data['end']:%H:%M}"
        return " · ".join(filter(None, [str(data["item"]), when, str(repeats)]))

    @property
    def has_wishes(self) -> bool:
        """Whether any of the fields that most orders leave alone is filled or wrong."""
        return any(field.value() or field.errors for field in self.wishes())

    @property
    def awaits_answer(self) -> bool:
        """Whether there is something to answer that the errors beside the fields do not say already."""
        return bool(self["item"].value()) and not set(self.errors) - {"slot"}

    def when(self) -> Iterable[BoundField]:
        """The fields that say when."""
        return [self[name] for name in ("day", "start", "end", "repeat", "until")]

    def wishes(self) -> Iterable[BoundField]:
        """The fields most orders leave alone."""
        return [self[name] for name in ("carers_needed", "carer", "gender", "dialect", "critical", "critical_note")]

    def item_request(self) -> ItemRequest:
        """The valid line as the request that the order service understands."""
        data = self.cleaned_data
        return ItemRequest(
            item=data["item"],
            window_start=at(data["day"], data["start"]),
            window_end=at(data["day"], data["end"]),
            carers_needed=data["carers_needed"],
            time_critical_reason=data["critical"],
            time_critical_note=data["critical_note"],
            gender_wish=data["gender"],
            dialect_wish=data["dialect"],
            recurrence=Recurrence(rrule=data["repeat"], ends_on=data["until"]) if data["repeat"] else None,
        )


def services_to_order(today: date) -> Any:
    """The services of the day in the order of their kinds: meals, bathing and cleaning are first under the fingers.
    Urgent help is no order to be planned; it has a key of its own."""
    kinds = [When(kind=kind, then=Value(number)) for number, kind in enumerate(ServiceKind.values)]
    return catalogue_on(today).exclude(kind=ServiceKind.URGENT).order_by(Case(*kinds), "name", "pk")


def carers_to_wish(elder: Elder, today: date) -> Any:
    """The active carers of the elder's town, by name."""
    active = Carer.objects.filter(town=elder.town_id, active_from__lte=today).exclude(active_to__lt=today)
    return active.select_related("person").order_by("person__name_pinyin", "pk")


def first_window(now: datetime) -> dict[str, date | time]:
    """A window to begin with: two hours from the next full hour but one, in the daytime of today or tomorrow."""
    clock = local(now)
    hour, day = clock.hour + 2, clock.date()
    if hour > _LAST_HOUR:
        hour, day = _FIRST_HOUR + 1, day + timedelta(days=1)
    hour = max(hour, _FIRST_HOUR)
    return {"day": day, "start": time(hour), "end": time(hour + 2)}


@dataclass(frozen=True, slots=True)
class Chip:
    """A time that is often wanted, one press away."""

    label: Text
    day: date
    start: time
    end: time


def chips(now: datetime) -> list[Chip]:
    """The times that callers say most, as far as they are still ahead."""
    today = local(now).date()
    tomorrow, clock = today + timedelta(days=1), local(now).time()
    noon, evening = time(12), time(18)
    found = [
        Chip(_("this morning"), today, time(8), noon),
        Chip(_("this afternoon"), today, time(14), evening),
        Chip(_("this evening"), today, evening, time(20)),
        Chip(_("tomorrow morning"), tomorrow, time(8), noon),
        Chip(_("tomorrow afternoon"), tomorrow, time(14), evening),
        Chip(_("day after tomorrow, morning"), tomorrow + timedelta(days=1), time(8), noon),
    ]
    found = [replace(chip, start=_not_past(chip, today, clock)) for chip in found]
    return [chip for chip in found if chip.start < chip.end]


def _not_past(chip: Chip, today: date, clock: time) -> time:
    """A window that has begun starts at the next full hour; one that is over, at its end."""
    if chip.day > today or chip.start > clock:
        return chip.start
    return min(time(min(clock.hour + 1, 23)), chip.end)


# One to five lines; the last is the open one.
Lines = forms.formset_factory(
    LineForm, extra=0, min_num=1, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)

"""How states, durations, money and moments look on every screen: one tag or filter each."""

from datetime import date, datetime, timedelta

from django import template
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from people import clock
from people.masking import mask_phone

register = template.Library()

# Each state has a word (its label), a shape and a tone; the tone is a class of tokens.css.
_SHAPES = {"wait": "○", "plan": "◔", "held": "◑", "live": "▶", "good": "✓", "doubt": "!", "bad": "✕", "still": "–"}
_TONES = {
    "open": "wait", "sent": "wait", "queued": "wait", "received": "wait", "proposed": "plan", "offered": "plan",
    "planned": "plan", "solved": "plan", "pending": "plan", "reserved": "held", "accepted": "held", "confirmed": "held",
    "started": "live", "checked_in": "live", "sending": "live", "investigating": "live", "solving": "live", "ringing": "live", "answered": "live",
    "finished": "good", "checked_out": "good", "verified": "good", "published": "good", "posted": "good",
    "completed": "good", "closed": "good", "consumed": "good", "fulfilled": "good", "cleared": "good",
    "delivered": "good", "resolved": "good", "reopened": "doubt",
    "disputed": "doubt", "on_hold": "doubt", "partly_done": "doubt", "expired": "doubt",
    "unserved": "bad", "not_done": "bad", "no_show": "bad", "failed": "bad", "declined": "bad", "rejected": "bad",
    "upheld": "bad", "missed": "bad",
    "waiting": "wait", "alarmed": "bad", "taken": "held", "helped": "good",
    "carer_told": "wait", "raised": "bad", "acknowledged": "held", "arrived": "good",
}  # fmt: skip


@register.simple_tag
def state(subject: Model) -> SafeString:
    """The state of a row as word and shape in its tone, the same on every screen."""
    label = subject.get_status_display()  # type: ignore[attr-defined]
    return state_word(subject.status, label)  # type: ignore[attr-defined]


@register.simple_tag
def state_word(status: str, label: str) -> SafeString:
    """A status and its label as word and shape, for screens that hold no row."""
    tone = _TONES.get(status, "still")
    return format_html(
        '<span class="state state-{}"><span aria-hidden="true">{}</span> {}</span>', tone, _SHAPES[tone], label
    )


@register.filter
def duration(minutes: int | None) -> str:
    """Whole minutes as “1 小时 30 分” (or “1 h 30 min”); a dash for nothing."""
    if minutes is None:
        return "–"
    hours, rest = divmod(abs(int(minutes)), 60)
    sign = "−" if minutes < 0 else ""
    if not hours:
        return sign + _("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return sign + _("%(hours)d h") % {"hours": hours}
    return sign + _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


@register.filter
def distance(metres: int | None) -> str:
    """Whole metres as “800 米” or “1.2 公里”; a dash for nothing."""
    if metres is None:
        return "–"
    if metres < 1000:
        return _("%(metres)d m") % {"metres": metres}
    return _("%(kilometres).1f km") % {"kilometres": metres / 1000}


@register.filter
def yuan(fen: int | None) -> str:
    """Integer fen as ￥0.00; a dash for nothing."""
    return "–" if fen is None else f"￥{fen // 100:,}.{fen % 100:02d}"


@register.filter
def moment(when: datetime | None) -> str:
    """A moment on the county's clock: 今天 14:00, 明天 09:30, else with its date; a dash for nothing."""
    if when is None:
        return "–"
    local = timezone.localtime(when, timezone.get_default_timezone())
    return f"{day_word(local.date())} {local:%H:%M}"


@register.filter
def clock_time(when: datetime | None) -> str:
    """The hour and minute of a moment on the county's clock; a dash for nothing."""
    return "–" if when is None else f"{timezone.localtime(when, timezone.get_default_timezone()):%H:%M}"


@register.filter
def day_word(day: date) -> str:
    """A calendar day as today, tomorrow or yesterday, else month and day with its weekday; another year is named."""
    today = clock.local_date(clock.now())
    near = {today: _("today"), today + timedelta(days=1): _("tomorrow"), today - timedelta(days=1): _("yesterday")}
    return near.get(day) or date_format(day, "m-d D" if day.year == today.year else "Y-m-d D")


@register.filter
def masked_phone(number: str) -> str:
    """A phone number as lists may show it: 138****8000."""
    return mask_phone(number)


@register.filter
def age(birth: date | None) -> str:
    """Completed years of life today; a dash when the date of birth is unknown."""
    if birth is None:
        return "–"
    today = clock.local_date(clock.now())
    return str(today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day)))

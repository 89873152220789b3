"""How the figures of a month are printed."""

from django import template

from dispatch.counts.glance import Figure
from orders.models import Visit
from people.templatetags.care import duration
from volunteers.models import Carer

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """A whole number with thousands set apart."""
    return f"{number:,}"


@register.filter
def signed(number: int) -> str:
    """A whole number with its sign, a true minus included."""
    return f"{number:+,}".replace("-", "−")


@register.filter
def figure_value(figure: Figure) -> str:
    """The number of a figure in its unit."""
    return _in_unit(figure.value, figure.unit)


@register.filter
def figure_before(figure: Figure) -> str:
    """The month before, in the same unit."""
    return _in_unit(figure.before, figure.unit)


@register.filter
def carer_kind_label(kind: str) -> str:
    """The word for a kind of carer."""
    return str(Carer.Kind(kind).label)


@register.filter
def payer_label(payer: str) -> str:
    """The word for who pays."""
    return str(Visit.Payer(payer).label)


def _in_unit(value: float, unit: str) -> str:
    if unit == "percent":
        return f"{value:.2f}%"
    return duration(int(value)) if unit == "duration" else grouped(int(value))

"""Addresses that several parts of the console link to, and words that they share."""

from django import template

from dispatch.console import access, change_forms
from dispatch.console.relations import relation_words
from orders.models import CallRecord
from people.errors import Text

register = template.Library()


@register.simple_tag
def elder_page(elder_pk: int, call: CallRecord | None = None) -> str:
    """The console with an elder's card open, in the same call."""
    return access.elder_page(elder_pk, call)


@register.filter
def relation(stored: str) -> Text:
    """What a contact is to the elder, in the reader's language."""
    return relation_words(stored)


register.filter("window_mark", change_forms.window_mark)

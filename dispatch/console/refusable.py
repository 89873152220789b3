"""What every form of the desks shares: a service's refusal stands beside the field it is about."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _

from people.errors import Conflict, Invalid
from people.form_keys import AlreadyEntered


class RefusableForm(forms.Form):
    """A form that shows a service's refusal beside the fields it is about, and keeps what was typed."""

    field_of: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.label:
                chosen = isinstance(field, forms.ChoiceField)
                words = _("Please choose: %(field)s") if chosen else _("Please fill in: %(field)s")
                field.error_messages["required"] = words % {"field": field.label}

    def refuse(self, refusal: Invalid | Conflict) -> int:
        """Write the refusal onto the form: each message at its field, anything else above. The page's status."""
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        for name, messages in fields.items():
            field = self.field_of.get(name, name)
            self.add_error(field if field in self.fields else None, [str(message) for message in messages])
        if not fields:
            self.add_error(None, str(refusal.message))
        return 409 if isinstance(refusal, Conflict) else 400

    def lead_to(self, saved: AlreadyEntered, address: str) -> None:
        """Say that this form was saved before with other input, and where that is. The key is a fresh one: to save
        again is then her decision."""
        link = format_html('<a href="{}">{}</a>', address, _("See what was saved"))
        self.add_error(None, format_html("{} {} {}", saved.message, link, _("If this is another one, save again.")))
        self.put(key=str(uuid4()))

    def put(self, **values: str) -> None:
        """Change hidden values of a form that goes back to the page; what was typed stays."""
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[self.add_prefix(name)] = value

    def offer(self, name: str, rows: QuerySet[Any]) -> None:
        """Let the field choose among these rows."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def as_typed(self) -> None:
        """Show what was typed without judging it: nobody has asked to save it yet."""
        self.initial = {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
        }
        self.is_bound = False

    @property
    def first_wrong(self) -> BoundField | None:
        """The first field that needs a correction."""
        return next((self[name] for name in self.fields if name in self.errors), None)

    def focus_first_wrong(self) -> None:
        """Put the cursor into the first field that needs a correction."""
        if wrong := self.first_wrong:
            wrong.field.widget.attrs["autofocus"] = True

"""The shapes of the home pages' forms."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dispatch.console.refusable import RefusableForm
from dispatch.visits.models import Flag
from orders.services.reasons import MOST_CHARACTERS


class VerdictForm(RefusableForm):
    """A reviewer's verdict on a doubt, and why."""

    verdict = forms.ChoiceField(choices=[(Flag.Status.CLEARED, ""), (Flag.Status.UPHELD, "")])
    reason = forms.CharField(label=_("Why do you decide so?"), max_length=MOST_CHARACTERS)


class LookForm(RefusableForm):
    """Why somebody opens a carer's notes and photos."""

    reason = forms.CharField(
        label=_("Why do you need to see them?"),
        max_length=MOST_CHARACTERS,
        help_text=_("Your name, the time and this reason are kept for good."),
    )


class InHandForm(RefusableForm):
    """What was done about a carer who has not come."""

    word = forms.CharField(label=_("What did you do?"), max_length=MOST_CHARACTERS)

"""How far a carer goes."""

from datetime import date

from people import policy
from volunteers.models import Carer


def radius_of(carer: Carer, on: date) -> int | None:
    """Straight metres from the carer's place, the county's for a volunteer who named none; None is without a limit."""
    if carer.radius_metres is None and carer.kind == Carer.Kind.VOLUNTEER:
        return policy.minutes("volunteer_radius_metres", on=on)
    return carer.radius_metres

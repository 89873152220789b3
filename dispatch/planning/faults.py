"""Linked visits that no plan can express: each free part asks for an ability nobody has, so it stays unserved.

The ability is named by what is wrong with the link, which is the reason people read. Work that is promised already stays.
"""

from dispatch.engine.problem import Visit

TWO_GENDERS = "link_of_two_genders"
DOUBLE_UP = "link_of_double_up"  # needs two carers, and not a common start
NO_WINDOW = "link_without_window"
_ALL = frozenset({TWO_GENDERS, DOUBLE_UP, NO_WINDOW})


def fault_of(visit: Visit) -> str:
    """What is wrong with the visit's link; empty when nothing is."""
    return next((ability for leg in visit.legs for ability in leg.skills & _ALL), "")

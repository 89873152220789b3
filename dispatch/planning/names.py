"""The engine's ids: visit `v<pk>`, leg `v<pk>/<leg>`, carer `c<pk>`, organisation `o<pk>`.

Linked visits travel under the first one's id.
"""


def visit_id(pk: int) -> str:
    """The engine's id of a visit."""
    return f"v{pk}"


def leg_id(visit_pk: int, leg: int) -> str:
    """The engine's id of one leg (1 or 2) of a visit."""
    return f"v{visit_pk}/{leg}"


def carer_id(pk: int) -> str:
    """The engine's id of a carer."""
    return f"c{pk}"


def organisation_id(pk: int) -> str:
    """The engine's id of an organisation."""
    return f"o{pk}"


def leg_of(id_: str) -> tuple[int, int]:
    """The visit's key and the leg behind a leg's id."""
    visit, leg = id_.removeprefix("v").split("/")
    return int(visit), int(leg)


def pk_of(id_: str) -> int:
    """The key behind the id of a visit, carer or organisation."""
    return int(id_[1:])

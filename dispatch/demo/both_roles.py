"""Volunteers who grow old themselves (以老帮老): elders whose care is paid with the time they gave to others."""

from datetime import date, timedelta
from itertools import count
from random import Random

from dispatch.demo.population import ELDERS, Population
from orders.models import Elder
from volunteers.models import Carer

OLD = timedelta(days=60 * 365)  # the age from which the county counts somebody as elder


def enrol_old_volunteers(population: Population, *, today: date, rng: Random) -> None:
    """Enter the volunteers of about 60 and over as elders. After the history: nobody is made to visit themselves."""
    numbers = count(ELDERS + 1)
    for town in population.towns:
        helpers = [
            carer
            for carer in population.carers[town.pk]
            if carer.kind == Carer.Kind.VOLUNTEER and (carer.person.birth_date or today) <= today - OLD
        ]
        population.elders[town.pk] += Elder.objects.bulk_create(
            Elder(
                person=carer.person,
                number=f"E{next(numbers):06d}",
                town=town,
                visit_code=f"{rng.randint(0, 9999):04d}",
                active_from=today - timedelta(days=30),
            )
            for carer in helpers
        )

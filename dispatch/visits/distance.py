"""Great-circle distance on WGS-84 degrees: for fences and doubts, not for routes."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_METRES = 6_371_008.8


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two (latitude, longitude) points, along the great circle."""
    latitude_a, longitude_a, latitude_b, longitude_b = map(radians, (*a, *b))
    half = sin((latitude_b - latitude_a) / 2) ** 2
    half += cos(latitude_a) * cos(latitude_b) * sin((longitude_b - longitude_a) / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * asin(sqrt(half))

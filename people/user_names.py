"""How a colleague is named to others."""

from django.contrib.auth.models import User


def name_of(user: User) -> str:
    """The full name, or the user name of who has none."""
    return user.get_full_name() or user.username

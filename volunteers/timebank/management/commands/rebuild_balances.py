"""Sets the cached balances of the time bank to what its postings say."""

from django.core.management.base import BaseCommand

from volunteers.timebank.services import rebuild_balances


class Command(BaseCommand):
    help = "Recompute every cached time-account balance from the postings and report how many were wrong."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{rebuild_balances()} balances were wrong and are right now.")

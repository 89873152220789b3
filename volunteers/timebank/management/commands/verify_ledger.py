"""Checks the time bank's ledger and fails loudly when it is not sound."""

from django.core.management.base import BaseCommand, CommandError

from volunteers.timebank.models import Transfer
from volunteers.timebank.verify import verify_ledger


class Command(BaseCommand):
    help = "Prove the time-bank ledger from its rows; exits with an error and lists every fault if it is not sound."

    def handle(self, *args: object, **options: object) -> None:
        faults = verify_ledger()
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The ledger has {len(faults)} faults.")
        self.stdout.write(f"The ledger is sound: {Transfer.objects.count()} transfers, sum 0.")

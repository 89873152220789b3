"""`manage.py serve`: the embedded product on one port: broker, worker with beat, web."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from dispatch.demo import processes


class Command(BaseCommand):
    help = "Serve what is in the database on loopback: broker, worker with beat, and web in one command."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *_args: Any, **options: Any) -> None:
        port = options["port"]
        processes.prepare(port)
        call_command("migrate", verbosity=0)
        with (
            processes.broker() as address,
            processes.worker(beat=True, REDIS_URL=address),
            processes.web(port, REDIS_URL=address) as site,
        ):
            self.stdout.write(self.style.SUCCESS(f"http://127.0.0.1:{port}/"))
            self.stdout.write("Ctrl-C ends it.")
            try:
                site.wait()
            except KeyboardInterrupt:
                self.stdout.write("")

"""`manage.py asterisk_bridge`: report an Asterisk's calls to the site, and make the calls that operators ask for."""

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orders.asterisk.bridge import Bridge, Exchange, due_dial
from orders.asterisk.calls import Calls
from orders.asterisk.post import Outbox, sender


class Command(BaseCommand):
    help = (
        "Turn the manager events of an Asterisk into hooks of the site, and operators' wishes to dial into its calls."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=5038)
        parser.add_argument("--user", required=True, help="a user of manager.conf: read=call,agent write=originate")
        parser.add_argument(
            "--secret-env", default="ASTERISK_SECRET", help="the environment variable that holds that user's secret"
        )
        parser.add_argument(
            "--hooks-url",
            default="http://127.0.0.1:8000/api/v1/cti/",
            help="without the token: the first of CTI_TOKENS is added",
        )
        parser.add_argument(
            "--incoming",
            action="append",
            metavar="CONTEXT",
            help="a dialplan context in which calls from outside begin (may be repeated; default: from-trunk)",
        )
        parser.add_argument("--channel", default="PJSIP/{extension}", help="an operator's telephone")
        parser.add_argument("--context", default="from-internal", help="where an operator's call begins")

    def handle(self, *_args: Any, **options: Any) -> None:
        secret = os.environ.get(options["secret_env"])
        if not secret:
            raise CommandError(f"Set {options['secret_env']} to the secret of the manager's user.")
        if not settings.CTI_TOKENS:
            raise CommandError("Set CTI_TOKENS: the site takes no hooks without a token.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        outbox = Outbox(sender(f"{options['hooks_url'].rstrip('/')}/{settings.CTI_TOKENS[0]}/"))
        exchange = Exchange(
            host=options["host"],
            port=options["port"],
            user=options["user"],
            secret=secret,
            channel=options["channel"],
            context=options["context"],
        )
        calls = Calls(incoming=options["incoming"] or ["from-trunk"])
        Bridge(exchange, calls=calls, outbox=outbox, stop=stop, due_dial=due_dial).run()
        outbox.close()

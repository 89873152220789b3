"""Some migrations of an app, taken back and applied again.

Only these, not what came later: rendering the models of every later migration costs half a minute. It serves where the
later ones leave their tables alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader


@contextmanager
def without(*names: str, app: str = "orders") -> Iterator[Apps]:
    """Inside, the database is as before the first of these migrations (named in their order); gives its models."""
    loader = MigrationLoader(connection)
    before = {name: loader.project_state((app, name), at_end=False) for name in names}
    undone = []
    try:
        for name in reversed(names):
            with connection.schema_editor() as editor:
                loader.get_migration(app, name).unapply(before[name], editor)
            undone.append(name)
        yield before[names[0]].apps
    finally:
        for name in reversed(undone):
            with connection.schema_editor() as editor:
                loader.get_migration(app, name).apply(before[name], editor)

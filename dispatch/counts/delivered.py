"""How long a carer was there: whole minutes between two moments, computed by the database on either vendor."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


class WholeMinutes(Func):
    """The minutes from the first moment to the second, rounded half up."""

    arity = 2
    output_field = IntegerField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 60 + 0.5)::integer"
        return self._difference(compiler, template, " - ")

    def as_sqlite(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        # Django's function for SQLite counts in microseconds; half a minute is added before the division.
        template = "((django_timestamp_diff(%(expressions)s) + 30000000) / 60000000)"
        return self._difference(compiler, template, ", ")

    def _difference(self, compiler: SQLCompiler, template: str, joiner: str) -> tuple[str, list[Any]]:
        parts = [compiler.compile(expression) for expression in reversed(self.source_expressions)]
        sql = template % {"expressions": joiner.join(part for part, _ in parts)}
        return sql, [value for _, values in parts for value in values]

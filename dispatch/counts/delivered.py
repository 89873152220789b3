"""How long a carer was there: whole minutes between two moments, computed by the database on either vendor."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from dispatch.visits.models import CheckEvent, Correction


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


def delivered_minutes() -> WholeMinutes:
    """Minutes from check-in to check-out of an Assignment; the latest correction of a time replaces the raw one."""
    return WholeMinutes(
        Coalesce(_corrected(CheckEvent.Kind.IN), "started_at"), Coalesce(_corrected(CheckEvent.Kind.OUT), "ended_at")
    )


def _corrected(kind: str) -> Subquery:
    corrections = Correction.objects.filter(assignment=OuterRef("pk"), kind=kind).order_by("-at", "-pk")
    return Subquery(corrections.values("corrected_time")[:1])

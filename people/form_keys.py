"""A form that is sent again: its key says that it is the same form, its digest whether the same was typed into it."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from people.blind_index import blind
from people.errors import Conflict


class AlreadyEntered(Conflict):
    """The form was saved before, with other input; `saved` is the key of the row that it made (409)."""

    code = "already_entered"

    def __init__(self, saved: int) -> None:
        super().__init__(_("This form was saved before, with other input. What you typed now is not saved yet."))
        self.saved = saved


class KeyReused(Conflict):
    """The form's key stands for a form of another elder's or another operator's, which nothing is said about (409)."""

    code = "key_reused"

    def __init__(self) -> None:
        super().__init__(_("This form belongs to somebody else. Please open the elder again."))


def digest_of(typed: str) -> UUID:
    """A mark that is equal for equal input, and that without the index key says nothing about what was typed."""
    return UUID(blind("form", typed)[:32])


def refuse_other_input(*, kept: UUID | None, sent: UUID | None, saved: int) -> None:
    """Let the form that made a row pass when it is sent once more; a row without a digest is older than digests.

    Raises:
        AlreadyEntered: something else was typed into it by now.
    """
    if kept is not None and kept != sent:
        raise AlreadyEntered(saved)

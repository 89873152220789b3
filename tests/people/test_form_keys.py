"""A form that is sent again: only other input is told apart, and the digest gives nothing away."""

import hashlib
from uuid import UUID

import pytest

from people.form_keys import AlreadyEntered, digest_of, refuse_other_input


def test_equal_input_has_an_equal_digest_that_needs_the_key(settings) -> None:
    digest = digest_of("name=张桂兰")

    assert digest == digest_of("name=张桂兰") != digest_of("name=张桂芳")
    assert digest != UUID(hashlib.sha256("name=张桂兰".encode()).hexdigest()[:32])
    settings.BLIND_INDEX_KEY = "another key"
    assert digest != digest_of("name=张桂兰")


@pytest.mark.parametrize("kept", [None, digest_of("a")])
def test_the_same_input_passes_and_so_does_a_row_without_a_digest(kept: UUID | None) -> None:
    refuse_other_input(kept=kept, sent=digest_of("a"), saved=7)


@pytest.mark.parametrize("sent", [None, digest_of("b")])
def test_other_input_is_refused_and_names_the_row(sent: UUID | None) -> None:
    with pytest.raises(AlreadyEntered) as refusal:
        refuse_other_input(kept=digest_of("a"), sent=sent, saved=7)

    assert (refusal.value.saved, refusal.value.code) == (7, "already_entered")

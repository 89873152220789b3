from tests.cast import Cast


def test_the_cast_stands(cast: Cast) -> None:
    assert len(cast.everybody()) == 9

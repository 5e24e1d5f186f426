from tests.web.schema import TYPES, types


def test_the_pages_types_are_those_of_the_hub() -> None:
    assert types() == TYPES.read_text(), "the routes have changed: python -m tests.web.schema writes the types again"

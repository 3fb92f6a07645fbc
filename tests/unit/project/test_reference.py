from pathlib import Path

from sparkferry.project.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "config.md"


def test_the_committed_page_is_what_the_types_say():
    said = "run `python -m sparkferry.project.reference > docs/reference/config.md`"
    assert PAGE.read_text() == reference(), said


def test_a_row_gives_key_type_default_description_and_variable():
    row = (
        "| `workers` | a whole number from 0 to 64 | `2` "
        "| 0: Spark in one process; n: a standalone cluster of n workers. "
        "| `SPARKFERRY_TARGETS__NAME__WORKERS` |"
    )
    assert row in reference().splitlines()

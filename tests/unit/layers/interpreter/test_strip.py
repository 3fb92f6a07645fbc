import pytest

from sparkferry.base.elf import read_elf
from sparkferry.layers.interpreter.strip import strip
from support.elves import make_elf

DEBUG = b"where every line of the source is" * 100


def test_leaves_debug_sections_out_and_the_rest_as_it_is():
    data = make_elf(needed=["libz.so.1"], versions=["GLIBC_2.17"], debug=DEBUG)

    stripped = strip(data)

    assert len(stripped) < len(data) - len(DEBUG) + 100
    assert DEBUG not in stripped
    assert b".debug_info" not in stripped
    assert b".dynstr" in stripped
    assert read_elf(stripped) == read_elf(data)


def test_changes_nothing_the_second_time():
    stripped = strip(make_elf(needed=["libz.so.1"], debug=DEBUG))

    assert strip(stripped) == stripped


def test_leaves_a_file_without_section_table_alone():
    data = make_elf(needed=["libz.so.1"])

    assert strip(data) == data


@pytest.mark.parametrize("data", [b"text", make_elf(debug=DEBUG)[:-10]])
def test_refuses_what_is_no_complete_elf_file(data):
    with pytest.raises(ValueError, match="ELF file"):
        strip(data)

from pathlib import Path

import pytest

from sparkferry.errors import ExternalError, SparkferryError, UserError
from sparkferry.image.entry import Entry
from sparkferry.image.layers.tar_part import Directory, directories, tar_part


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../etc", "a/../b", "a//b", "a/", "./a", "", ".", "a/\0b"]
)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(UserError, match="leads out of the image"):
        tar_part([Entry(path=path)])


@pytest.mark.parametrize("path", ["a/.wh.b", ".wh..wh..opq", ".wh.a/b"])
def test_a_name_that_removes_files_is_refused(path: str) -> None:
    with pytest.raises(UserError, match="remove files"):
        tar_part([Entry(path=path)])


def test_two_entries_of_one_path_are_refused() -> None:
    with pytest.raises(UserError, match=r"`a/b`.*two entries"):
        tar_part([Entry(path="a/b"), Entry(path="a/b", kind="directory")])


@pytest.mark.parametrize("target", ["absent", "later", "d", "s", "h"])
def test_a_hard_link_leads_to_a_file_before_it(target: str) -> None:
    entries = [
        Entry(path="d", kind="directory"),
        Entry(path="s", kind="symlink", target="f"),
        Entry(path="h", kind="hardlink", target=target),
        Entry(path="later"),
    ]
    with pytest.raises(UserError, match=f"no file `{target}` stands before"):
        tar_part(entries)


def test_a_hard_link_may_lead_to_another() -> None:
    links = [Entry(path=x, kind="hardlink", target=y) for x, y in (("b", "a"), ("c", "b"))]
    assert tar_part([Entry(path="a"), *links]).names == ("a", "b", "c")


def test_directories_stand_once_and_parents_first() -> None:
    first = tar_part([Entry(path="usr/bin/a"), Entry(path="tmp", kind="directory", mode=0o1777)])
    second = tar_part(
        [Entry(path="usr/lib/b"), Entry(path="home/spark", kind="directory", mode=0o755, uid=185)]
    )
    assert directories([first, second]) == (
        Directory("home"),
        Directory("home/spark", uid=185),
        Directory("tmp", mode=0o1777),
        Directory("usr"),
        Directory("usr/bin"),
        Directory("usr/lib"),
    )


def test_the_first_that_names_a_directory_decides() -> None:
    parts = [tar_part([Entry(path="d", kind="directory", mode=mode)]) for mode in (0o700, 0o755)]
    assert directories(parts) == (Directory("d", mode=0o700),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Entry(path="a"), Entry(path="a")),
        (Entry(path="a"), Entry(path="a", kind="directory")),
        (Entry(path="lib", kind="symlink", target="usr/lib"), Entry(path="lib/x")),
    ],
)
def test_two_parts_cannot_both_have_a_path(one: Entry, other: Entry) -> None:
    for pair in ((one, other), (other, one)):
        with pytest.raises(UserError, match="two entries have this path"):
            directories([tar_part([item]) for item in pair])


def test_a_file_that_shrinks_meanwhile_is_told(tmp_path: Path) -> None:
    class Shrinking(type(tmp_path)):  # type: ignore[misc]  # the class of paths is told at run time
        def stat(self, **options: bool):
            found = super().stat(**options)
            self.write_bytes(b"")
            return found

    file = Shrinking(tmp_path / "f")
    file.write_bytes(b"content")
    with pytest.raises(ExternalError, match="became shorter"):
        list(tar_part([Entry(path="f", content=file)]).members(len))


def test_every_refusal_says_what_to_do() -> None:
    for entries in ([Entry(path="..")], [Entry(path=".wh.a")], [Entry(path="a"), Entry(path="a")]):
        with pytest.raises(SparkferryError) as caught:
            tar_part(entries)
        assert caught.value.hint

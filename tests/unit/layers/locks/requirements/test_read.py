"""Requirements files as people and tools write them."""

import codecs

import pytest

from sparkferry.errors import DiagnosticsError
from sparkferry.layers.locks.requirements.read import read_requirements

A, B = "a" * 64, "b" * 64
SHA512 = "c" * 128


def read(tmp_path, text, name="requirements.txt"):
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(data)
    return read_requirements(tmp_path / name, name)


@pytest.mark.parametrize(
    "text",
    [
        codecs.BOM_UTF8 + f"demo==1.0 --hash=sha256:{A}\n".encode(),
        "\ufeff".encode("utf-16-le") + f"demo==1.0 --hash=sha256:{A}\r\n".encode("utf-16-le"),
        f"demo==1.0 --hash sha256:{A}",
        f"demo==1.0 --hash=sha256:{A.upper()}",
        f'demo==1.0 --hash="sha256:{A}"',
        f"demo==1.0 \\\n    --hash=sha256:{A}  # via x",
        f"demo==1.0 \\\r\n    --hash=sha256:{A}\r\n",
        f"demo==1.0\t--hash=sha256:{A}",
        f"demo==1.0\u00a0--hash=sha256:{A}",
        f"Demo[x,y] == 1.0 ; python_version > '3' --hash=sha256:{A}",
        f"demo @ https://example.invalid/demo-1.0.tar.gz --hash=sha256:{A}",
        f"demo @ https://example.invalid/demo-1.0.tar.gz#sha256={A}",
        f"https://example.invalid/demo-1.0-py3-none-any.whl#sha256={A}&egg=demo",
        f"demo==1.0 --hash=sha256:{A} --config-settings k=v",
        f"# -*- coding: latin-1 -*-\n# \xe9\ndemo==1.0 --hash=sha256:{A}".encode("latin-1"),
    ],
)
def test_a_hash_is_read_however_it_is_written(tmp_path, text):
    (line,) = read(tmp_path, text).lines
    assert (line.name, line.digests) == ("demo", (f"sha256:{A}",))


def test_all_hashes_of_a_line_count(tmp_path):
    (line,) = read(tmp_path, f"demo==1 --hash=sha256:{A} --hash=sha512:{SHA512}").lines
    assert line.digests == (f"sha256:{A}", f"sha512:{SHA512}")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"demo==1.0  # --hash=sha256:{A}", 1, "its hash stands in a comment"),
        (f"x==1\ndemo==1.0 # why\n    --hash=sha256:{A}", 3, "`--hash` follows no requirement"),
        (f"demo==1.0 \\\n    # via\n    --hash=sha256:{A}", 3, "`--hash` follows no requirement"),
        (f"demo==1.0 \\ \n --hash=sha256:{A}", 1, "it is not a requirement"),
        (f"demo==1.0 --hash=md5:{A[:32]}", 1, "md5 is not secure"),
        (f"demo==1.0 --hash=sha1:{A[:40]}", 1, "sha1 is not secure"),
        (f"demo==1.0 --hash=sha256:{A[1:]}", 1, "is not a sha256 digest"),
        (f"demo==1.0 --hash={A}", 1, "is not of the form `sha256:"),
        (f"demo==1.0 --hash=tiger:{A}", 1, "`tiger` is not a hash algorithm"),
        ("demo==1.0 --hash", 1, "`--hash` has no value"),
        (f"demo==1.0 --HASH=sha256:{A}", 1, "`--HASH=sha256:"),
        (f"demo==1.0 --has=sha256:{A}", 1, "is not an option"),
        ("demo==1.0 --require-hashes", 1, "`--require-hashes` cannot follow a requirement"),
        (f"demo @ https://example.invalid/demo-1.whl#md5={A[:32]}", 1, "md5 is not secure"),
        ("--no-such-option", 1, "is not an option"),
        ("--index-url", 1, "`--index-url` has no value"),
        ("--index-url 'https://example.invalid", 1, "its quotes do not match"),
        ("numpy=1.26.4=py311h64a7726_0", 1, "it is a line of `conda list --export`"),
        ("demo @ http://[::1/demo-1.0.tar.gz", 1, "Invalid IPv6 URL"),
        ("@EXPLICIT", 1, "it is not a requirement"),
        ("demo == = 1", 1, "it is not a requirement"),
        ("\n\n\ufeffdemo==1.0", 3, "it is not a requirement"),
    ],
)
def test_a_line_that_is_not_understood_is_an_error(tmp_path, text, line, reason):
    with pytest.raises(DiagnosticsError) as caught:
        read(tmp_path, text)
    found, *_ = caught.value.diagnostics
    assert (found.file, found.line) == ("requirements.txt", line)
    assert reason in found.message
    assert found.hint


def test_all_lines_that_are_wrong_are_told_at_once_with_their_files(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.txt").write_text("-c b.txt\nx=1=0\n")
    (tmp_path / "more/b.txt").write_text("y=1=0\n")
    with pytest.raises(DiagnosticsError) as caught:
        read(tmp_path, "-r more/a.txt\nz=1=0\n")
    places = {(item.file, item.line) for item in caught.value.diagnostics}
    assert places == {("requirements.txt", 2), ("more/a.txt", 2), ("more/b.txt", 1)}


@pytest.mark.parametrize("include", ["-r more.txt", "-rmore.txt", "--requirement=more.txt"])
def test_included_files_belong_to_it(tmp_path, include):
    (tmp_path / "more.txt").write_text(f"-r requirements.txt\ndemo==1 --hash=sha256:{A}")
    found = read(tmp_path, f"{include}  # and more\nother==2\n")
    assert [line.place for line in found.lines] == ["requirements.txt:2", "more.txt:2"]
    assert found.require_hashes


def test_a_file_may_be_included_as_both(tmp_path):
    (tmp_path / "both.txt").write_text("demo==1\n")
    lines = read(tmp_path, "-c both.txt\n-r both.txt\n").lines
    assert [line.is_constraint for line in lines] == [True, False]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n-r none.txt", "could not read `none.txt`: No such file or directory"),
        ("\n-c .", "could not read `.`: Is a directory"),
        ("\n-r https://u:secret@example.invalid/r.txt", "only files can be included"),
    ],
)
def test_what_cannot_be_included_is_told(tmp_path, text, reason):
    with pytest.raises(DiagnosticsError) as caught:
        read(tmp_path, text)
    (found,) = caught.value.diagnostics
    assert (found.file, found.line) == ("requirements.txt", 2)
    assert reason in found.message
    assert "secret" not in found.message


def test_options_reach_uv(tmp_path):
    (tmp_path / "wheels").mkdir()
    found = read(
        tmp_path,
        "-i https://example.invalid/simple --no-binary=demo\n--find-links wheels\n--pre\n"
        "--trusted-host example.invalid\n--prefer-binary\n",
    )
    assert found.index_options == (
        "--index-url https://example.invalid/simple",
        "--no-binary demo",
        f"--find-links {tmp_path / 'wheels'}",
    )
    assert found.options == ("--prerelease", "allow", "--allow-insecure-host", "example.invalid")


def test_variables_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", "https://example.invalid")
    (line,) = read(tmp_path, "demo @ ${PLACE}/demo-1.0.tar.gz?${unset}").lines
    assert line.text == "demo @ https://example.invalid/demo-1.0.tar.gz?${unset}"


def test_what_is_direct_is_found_by_its_path(tmp_path):
    (tmp_path / "libs/tree").mkdir(parents=True)
    (tmp_path / "libs/a-1.0-py3-none-any.whl").touch()
    (tmp_path / "libs/b b-2.0.tar.gz").touch()
    found = read(
        tmp_path,
        "./libs/a-1.0-py3-none-any.whl ; python_version > '3'\nlibs/tree[x]\n-e ./libs/tree\n"
        "c @ libs/tree\nlibs/b%20b-2.0.tar.gz\ngit+https://example.invalid/g.git@v1#egg=g\n"
        "-e git+ssh://git@example.invalid/h.git#egg=my-h[x]&subdirectory=s\n",
        "requirements/prod.txt",
    ).lines
    libs = (tmp_path / "libs").as_uri()
    assert [(line.text, line.source) for line in found[:4]] == [
        (f"a @ {libs}/a-1.0-py3-none-any.whl", "archive"),
        (f"{libs}/tree[x]", "directory"),
        (f"{libs}/tree", "directory"),
        (f"c @ {libs}/tree", "directory"),
    ]
    assert found[0].marker == 'python_version > "3"'
    assert "there is no file or directory" in (found[4].problem or "")
    assert [line.text for line in found[5:]] == [
        "g @ git+https://example.invalid/g.git@v1",
        "my-h[x] @ git+ssh://git@example.invalid/h.git#subdirectory=s",
    ]


CONDA_USER = "conda"
CONDA = [
    f"file:///home/{CONDA_USER}/feedstock_root/build_artifacts/numpy_1/work/dist/numpy-1.26.4-cp311-x.whl",
    "file:///croot/numpy_1708638617955/work",
    "file:///tmp/build/80754af9/numpy_1/work",
    "file:///tmp/abs_12345/croots/recipe/numpy_1/work",
    "file:///opt/conda/conda-bld/numpy_1/work",
    "file:///Users/runner/miniforge3/conda-bld/numpy_1/work",
    "file:///C:/b/abs_1/croot/numpy_1/work",
    "file:///D:/bld/numpy_1/work",
]


@pytest.mark.parametrize("url", CONDA)
def test_conda_paths_are_told_as_such(tmp_path, url):
    (line,) = read(tmp_path, f"numpy @ {url}\n").lines
    assert "conda wrote the directory of its own build" in (line.problem or "")
    assert "pip list --format=freeze" in (line.hint or "")


def test_the_remedy_names_the_version_that_a_conda_path_tells(tmp_path):
    (line,) = read(tmp_path, f"numpy @ {CONDA[0]}\n").lines
    assert "`numpy==1.26.4`" in (line.hint or "")

import sys

from sparkferry.runtime.describe import describe, tree_digest, versions


def test_a_tree_s_digest_is_of_paths_and_contents(tmp_path):
    def tree(name, files):
        for path, text in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return tree_digest(tmp_path / name)

    files = {"a/b.py": "1", "c.py": "2"}
    same = tree("same", {**files, "a/__pycache__/b.pyc": "x"})
    assert tree("one", files) == same
    assert tree("renamed", {"a/b.py": "1", "d.py": "2"}) != same
    assert tree("edited", {"a/b.py": "1", "c.py": "3"}) != same
    (tmp_path / "one/dangling").symlink_to("nowhere")
    assert tree_digest(tmp_path / "one") != same


def test_versions_are_those_of_the_layer(tmp_path):
    (tmp_path / "Zope.Interface-7.1.dist-info").mkdir()
    assert versions(tmp_path) == {"zope-interface": "7.1"}


def test_a_process_describes_itself(tmp_path):
    (tmp_path / "code").mkdir()
    facts = describe(tmp_path / "code")
    assert facts["executable"] == sys.executable
    assert facts["trees"].keys() == {"code"}
    assert facts["packages"] == {}

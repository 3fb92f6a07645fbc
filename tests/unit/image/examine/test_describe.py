import msgspec

from sparkferry.image.examine.describe import describe, layer_rows, summary_rows
from sparkferry.image.examine.places import load_path
from support.images import write_layout
from support.tars import member, tar

LAYERS = (tar(member("a", b"1")), tar(member("b", b"2" * 100)))
LONG = "RUN " + "apt-get install " * 20


def view(tmp_path, history, **execution):
    layout = write_layout(tmp_path / "layout", LAYERS, execution, history=history, variant="v8")
    return describe(load_path(layout)[0])


def test_layers_of_ours_have_roles_and_names(tmp_path):
    ours = {"created_by": "sparkferry"}
    found = view(
        tmp_path, [{**ours, "comment": "base"}, {**ours, "comment": "packages: numpy 2.1"}]
    )
    assert [(x.role, x.name) for x in found.layers] == [("base", ""), ("packages", "numpy 2.1")]
    assert found.size == sum(x.size for x in found.layers) > 0
    assert layer_rows(found)[1][:2] == ("packages", "numpy 2.1")
    assert layer_rows(found)[0][4] == "tar+gzip"


def test_layers_of_others_have_the_step_that_made_them(tmp_path):
    found = view(tmp_path, [{"created_by": LONG}, {"created_by": "COPY x"}])
    assert found.layers[0].created_by == LONG
    row = layer_rows(found)[0]
    assert row[0] is None
    assert len(row[1]) == 60
    assert row[1].endswith("…")


def test_the_summary_says_what_runs(tmp_path):
    run = {
        "User": "185:0",
        "Env": ["B=2", "A=1"],
        "Entrypoint": ["/tini", "--"],
        "Labels": {"x": "y"},
    }
    found = view(tmp_path, [], **run)
    rows = dict(summary_rows(found))
    assert rows["platform"] == "linux/amd64/v8"
    assert rows["entry point"] == "/tini --"
    assert rows["command"] is None
    assert (rows["env A"], rows["label x"], rows["user"]) == ("1", "y", "185:0")
    assert msgspec.to_builtins(found)["layers"][0]["digest"].startswith("sha256:")


def test_an_image_that_says_nothing_runs_as_root(tmp_path):
    rows = dict(summary_rows(view(tmp_path, [])))
    assert (rows["user"], rows["directory"], rows["layers"]) == ("root", "/", 2)

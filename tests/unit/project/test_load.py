import pytest

from sparkferry.errors import DiagnosticsError, UserError
from sparkferry.project.kinds.local import LocalTarget
from sparkferry.project.load import load

TEXT = """\
[project]
name = "titanic"
requires-python = ">=3.11"
dependencies = ["numpy", "pandas<3", "pyarrow[all]>=1; python_version > '3.10'"]

[tool.sparkferry]
spark = "4.0"
spark-conf.spark.executor.memory = "1g"
spark-conf."spark.ui.enabled" = false

[tool.sparkferry.jobs.survival]
entry = "titanic.jobs.survival:run"
args = { partitions = 8, day = 2026-01-31, nested = { a = 1, b = 2 } }

[tool.sparkferry.targets.local]
kind = "local"
workers = 3

[tool.sparkferry.tiers.prod]
include = ["conf/**"]
[tool.sparkferry.tiers.prod.targets.local]
memory = "2g"
[tool.sparkferry.tiers.prod.jobs.survival.args]
partitions = 200
nested.b = 3
[tool.sparkferry.tiers.prod.spark-conf]
"spark.executor.memory" = "4g"
"""

MINIMAL = '[project]\nname = "a"\n[tool.sparkferry]\nspark = "4.0"\n'


def test_a_project_is_loaded_as_it_is_written(project, tmp_path):
    loaded = project(TEXT)
    assert loaded.root == tmp_path
    assert (loaded.name, loaded.requires_python, loaded.tier) == ("titanic", ">=3.11", "dev")
    assert loaded.dependencies[1] == "pandas<3"
    assert loaded.settings.spark == "4.0"
    assert loaded.settings.targets == {"local": LocalTarget(workers=3)}
    assert loaded.settings.jobs["survival"].args["partitions"] == 8


def test_dotted_names_of_properties_may_be_quoted_or_not(project):
    conf = project(TEXT).settings.spark_conf
    assert conf == {"spark.executor.memory": "1g", "spark.ui.enabled": False}


def test_dates_in_arguments_become_text_since_arguments_travel_as_json(project):
    assert project(TEXT).settings.jobs["survival"].args["day"] == "2026-01-31"


def test_without_a_target_there_is_a_local_one(project):
    loaded = project(MINIMAL)
    assert loaded.settings.targets == {"local": LocalTarget()}
    assert "targets.local.kind" not in loaded.origins
    assert loaded.requires_python == ">=3"
    assert loaded.dependencies == ()


def test_a_declared_target_takes_the_place_of_the_default_one(project):
    text = MINIMAL + 'target = "mine"\n[tool.sparkferry.targets.mine]\nkind = "local"\n'
    assert set(project(text).settings.targets) == {"mine"}


def test_a_tier_lies_over_the_settings_key_by_key(project):
    loaded = project(TEXT, tier="prod")
    assert loaded.tier == "prod"
    assert loaded.settings.targets["local"] == LocalTarget(workers=3, memory="2g")
    assert loaded.settings.include == ("conf/**",)
    args = loaded.settings.jobs["survival"].args
    assert (args["partitions"], args["nested"]) == (200, {"a": 1, "b": 3})
    assert loaded.settings.spark_conf["spark.executor.memory"] == "4g"


def test_the_environment_chooses_the_tier_and_the_command_line_wins(project):
    environ = {"SPARKFERRY_TIER": "prod"}
    assert project(TEXT, environ=environ).tier == "prod"
    assert project(TEXT, environ=environ, tier="dev").tier == "dev"


def test_a_tier_that_is_not_declared_is_an_error_but_for_dev(project):
    assert project(MINIMAL, tier="dev").tier == "dev"
    with pytest.raises(DiagnosticsError) as caught:
        project(TEXT, tier="prd")
    (found,) = caught.value.diagnostics
    assert (found.message, found.hint) == ("there is no tier `prd`", "did you mean `prod`?")


def test_variables_lie_over_the_tier_and_overrides_over_variables(project):
    loaded = project(
        TEXT,
        tier="prod",
        environ={
            "SPARKFERRY_TARGETS__LOCAL__WORKERS": "0",
            "SPARKFERRY_TARGETS__LOCAL__MEMORY": "3g",
            "SPARKFERRY_SPARK": "4.1",
            "SPARKFERRY_CACHE_DIR": "/x",
            "SPARKFERRY_STATE_DIR": "/x",
            "PATH": "/x",
        },
        overrides=["targets.local.memory=5g", "targets.local.cores=2"],
    )
    assert loaded.settings.spark == "4.1"
    assert loaded.settings.targets["local"] == LocalTarget(workers=0, memory="5g", cores=2)


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("spark=4.3", lambda s: s.spark == "4.3"),
        ("packages.prune=false", lambda s: s.packages.prune is False),
        ('include=["a", "b=c"]', lambda s: s.include == ("a", "b=c")),
        ("lock=a=b.lock", lambda s: s.lock == "a=b.lock"),
        ("packages={prune = false}", lambda s: s.packages.prune is False),
        ("spark-conf.spark.x=1", lambda s: s.spark_conf["spark.x"] == "1"),
        ('spark-conf."spark.a=b"=1', lambda s: s.spark_conf["spark.a=b"] == "1"),
        ("jobs.survival.args.partitions=9", lambda s: s.jobs["survival"].args["partitions"] == 9),
        ("jobs.survival.args.name=Ann Lee", lambda s: s.jobs["survival"].args["name"] == "Ann Lee"),
        ("jobs.survival.args.x=1\ny = 2", lambda s: s.jobs["survival"].args["x"] == "1\ny = 2"),
        ("jobs.survival.args={n = 1}", lambda s: s.jobs["survival"].args["n"] == 1),
        ("jobs.survival.config.a.b=[1]", lambda s: s.jobs["survival"].config == {"a": {"b": [1]}}),
        (
            "jobs.survival.args.day=2026-02-01",
            lambda s: s.jobs["survival"].args["day"][-2:] == "01",
        ),
    ],
)
def test_an_override_has_the_type_of_its_key(project, override, read):
    assert read(project(TEXT, overrides=[override]).settings)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("SPARK_CONF", '{"spark.aB" = 1}', lambda s: s.spark_conf["spark.aB"] == 1),
        ("SPARK_CONF__SPARK__X_Y", "1", lambda s: s.spark_conf["spark.x_y"] == "1"),
        ("INCLUDE", '["a"]', lambda s: s.include == ("a",)),
        ("JOBS__MY_JOB__ENTRY", "m:f", lambda s: s.jobs["my-job"].entry == "m:f"),
        ("JOBS__SURVIVAL__ARGS__MAX_ROWS", "5", lambda s: s.jobs["survival"].args["max_rows"] == 5),
        ("JOBS__SURVIVAL__CONFIG__A_B__C", "x", lambda s: s.jobs["survival"].config["a_b"]["c"]),
        ("TARGETS__LOCAL__QUICK_COMPILE", "true", lambda s: s.targets["local"].quick_compile),
    ],
)
def test_a_variable_names_its_key(project, name, value, read):
    assert read(project(TEXT, environ={f"SPARKFERRY_{name}": value}).settings)


@pytest.mark.parametrize(
    ("choice", "message", "hint"),
    [
        (
            {"environ": {"SPARKFERRY_SPRK": "4.0"}},
            "environment SPARKFERRY_SPRK: unknown key `sprk`",
            "did you mean `spark`?",
        ),
        (
            {"environ": {"SPARKFERRY_TARGETS__LOCAL__WORKERS": "two"}},
            "environment SPARKFERRY_TARGETS__LOCAL__WORKERS: `targets.local.workers` must be a whole",
            None,
        ),
        ({"overrides": ["workers"]}, "command line: `workers` is not `KEY=VALUE`", "write it as"),
        ({"overrides": ["=1"]}, "command line: `=1` is not `KEY=VALUE`", "write it as"),
        (
            {"overrides": ["targets.local.worker=1"]},
            "command line: unknown key `worker` in `targets.local`",
            "did you mean `workers`?",
        ),
        (
            {"overrides": ["packages.prune=no"]},
            'command line: `packages.prune` must be true or false, not "no"',
            None,
        ),
        (
            {"overrides": ["targets.other.workers=1"]},
            "command line: `targets.other` lacks the key `kind`",
            "add",
        ),
        ({"target": "locale"}, "command line: there is no target `locale`", "mean `local`?"),
    ],
)
def test_a_mistake_outside_of_the_file_is_told_with_its_origin(project, choice, message, hint):
    with pytest.raises(DiagnosticsError) as caught:
        project(TEXT, **choice)
    (found,) = caught.value.diagnostics
    assert found.file is None
    assert found.message.startswith(message)
    assert hint is None or hint in (found.hint or "")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(project):
    text = """\
[project]
name = "a b"
[tool.sparkferry]
spark = "4"
target = "there"
[tool.sparkferry.jobs.one]
entry = 3
[tool.sparkferry.jobs.two]
entry = "m"
[tool.sparkferry.targets.local]
kind = "lokal"
workers = -1
"""
    with pytest.raises(DiagnosticsError) as caught:
        project(text, overrides=["x=1"])
    places = [(found.file, found.line) for found in caught.value.diagnostics]
    assert places == [("pyproject.toml", n) for n in (2, 4, 5, 7, 9, 11)] + [(None, None)]
    assert "7 problems" in caught.value.message


def test_every_given_value_has_its_origin(project):
    origins = project(
        TEXT,
        tier="prod",
        environ={"SPARKFERRY_LOCK": "x.lock"},
        overrides=["targets.local.cores=2"],
        target="local",
    ).origins
    assert origins["spark"] == "pyproject.toml:7"
    assert origins['spark-conf."spark.ui.enabled"'] == "pyproject.toml:9"
    assert origins['spark-conf."spark.executor.memory"'] == "pyproject.toml:27"
    assert origins["jobs.survival.args.partitions"] == "pyproject.toml:24"
    assert origins["jobs.survival.args.day"] == "pyproject.toml:13"
    assert origins["targets.local.memory"] == "pyproject.toml:22"
    assert origins["lock"] == "environment SPARKFERRY_LOCK"
    assert origins["targets.local.cores"] == "command line"
    assert origins["target"] == "command line"


def test_the_nearest_project_above_is_taken(write):
    root = write(
        {
            "pyproject.toml": MINIMAL,
            "part/pyproject.toml": '[project]\nname = "part"\n',
            "part/src/x.txt": "",
        }
    )
    assert load(root / "part" / "src", environ={}).root == root


def test_without_a_project_the_way_to_one_is_told(write):
    root = write({"x/y.txt": ""})
    with pytest.raises(UserError, match="could not load the project of") as caught:
        load(root / "x", environ={})
    assert "sparkferry init" in (caught.value.hint or "")


def test_without_the_section_the_file_that_lacks_it_is_named(write):
    root = write({"pyproject.toml": '[project]\nname = "a"\n'})
    with pytest.raises(UserError) as caught:
        load(root, environ={})
    assert f"to `{root / 'pyproject.toml'}`" in (caught.value.hint or "")


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b'[project]\nname = "\xff"\n')
    with pytest.raises(DiagnosticsError) as caught:
        load(tmp_path, environ={})
    (found,) = caught.value.diagnostics
    assert (found.line, found.message) == (2, "byte 18 (0xff) is not valid UTF-8")


def test_a_script_in_the_project_is_accepted(project):
    text = MINIMAL + '[tool.sparkferry.jobs.a]\nscript = "jobs/a.py"\n'
    assert project(text, files={"jobs/a.py": ""}).settings.jobs["a"].script == "jobs/a.py"


def test_an_overlay_of_a_target_need_not_repeat_its_kind(project):
    text = """
        [project]
        name = "a"
        [tool.sparkferry]
        spark = "4.0"
        target = "lake"
        [tool.sparkferry.targets.lake]
        kind = "standalone"
        master = "spark://one:7077"
        [tool.sparkferry.tiers.prod.targets.lake]
        executors = 9
        [tool.sparkferry.tiers.odd.targets.lake]
        workers = 9
        """
    with pytest.raises(DiagnosticsError, match="1 problem") as caught:
        project(text, tier="prod")
    (only,) = caught.value.diagnostics
    assert "unknown key `workers`" in only.message

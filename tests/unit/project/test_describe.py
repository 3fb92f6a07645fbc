import pytest

from sparkferry.project.describe import describe

TEXT = '[project]\nname = "a"\n[tool.sparkferry]\nspark = "4.0"\njobs.password.entry = "m:f"\n'


def row(project, key):
    (found,) = [found for found in describe(project) if found.key == key]
    return found


def test_each_setting_has_a_row_with_its_origin(project):
    loaded = project(TEXT, overrides=["targets.local.workers=0", 'include=["a"]'])
    assert [found.key for found in describe(loaded)][:3] == ["spark", "lock", "source"]
    assert row(loaded, "spark").origin == "pyproject.toml:4"
    assert row(loaded, "targets.local.workers").origin == "command line"
    assert row(loaded, "targets.local.kind").origin == "default"
    assert row(loaded, "lock").text is None
    assert row(loaded, "include").text == '["a"]'
    assert row(loaded, "packages.prune").text == "true"


@pytest.mark.parametrize(
    ("override", "key", "shown"),
    [
        ("spark-conf.spark.ssl.keyPassword=a b", 'spark-conf."spark.ssl.keyPassword"', "***"),
        (
            "spark-conf.spark.hadoop.fs.s3a.secret.key=x",
            'spark-conf."spark.hadoop.fs.s3a.secret.key"',
            "***",
        ),
        ("jobs.password.args.api_token=1", "jobs.password.args.api_token", "***"),
        ("jobs.password.config.secrets.db=x", "jobs.password.config.secrets.db", "***"),
        ("jobs.password.args.url=s3://u:p@h/x", "jobs.password.args.url", "s3://***@h/x"),
        ("jobs.password.args.list=['token=a']", "jobs.password.args.list", '["token=***"]'),
        ("jobs.password.args.plain=x", "jobs.password.args.plain", "x"),
        ("spark=4.1", "jobs.password.entry", "m:f"),
    ],
)
def test_credentials_are_not_shown(project, override, key, shown):
    assert row(project(TEXT, overrides=[override]), key).text == shown

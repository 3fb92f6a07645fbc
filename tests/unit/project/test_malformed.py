"""Each mistake with its line, what is said of it, and the way out."""

import pytest

from sparkferry.errors import DiagnosticsError

HEAD = '[project]\nname = "demo"\n[tool.sparkferry]\nspark = "4.0"\n'
"""Four lines: what follows begins on line 5."""

MISTAKES = {
    "unknown key": ("spak-conf = {}", 5, "unknown key `spak-conf`", "did you mean `spark-conf`?"),
    "underscores": ("spark_conf = {}", 5, "unknown key `spark_conf`", "`spark-conf`"),
    "nothing near": (
        "xyzzy = 1",
        5,
        "unknown key `xyzzy`",
        "known keys: `image`, `include`, `jobs`",
    ),
    "unknown key of a job": (
        '[tool.sparkferry.jobs.a]\nentri = "m:f"\nentry = "m:f"',
        6,
        "unknown key `entri` in `jobs.a`",
        "did you mean `entry`?",
    ),
    "unknown key in an inline table": (
        'jobs = { a = { entry = "m:f" } }\npackages = { keep = [\n], prun = true }',
        7,
        "unknown key `prun` in `packages`",
        "did you mean `prune`?",
    ),
    "unknown key of a target": (
        '[tool.sparkferry.targets.local]\nkind = "local"\nworker = 2',
        7,
        "unknown key `worker` in `targets.local`",
        "did you mean `workers`?",
    ),
    "unknown kind": (
        '[tool.sparkferry.targets.local]\nregion = "x"\nkind = "locale"',
        7,
        "unknown kind `locale` of `targets.local`",
        "did you mean `local`?",
    ),
    "no kind": (
        "[tool.sparkferry.targets.local]\nworkers = 2",
        5,
        "`targets.local` lacks the key `kind`",
        'add `kind = "local"`',
    ),
    "text for a number": (
        '[tool.sparkferry.targets.local]\nkind = "local"\nworkers = "two"',
        7,
        '`targets.local.workers` must be a whole number from 0 to 64, not "two"',
        None,
    ),
    "too many": (
        '[tool.sparkferry.targets.local]\nkind = "local"\nworkers = 65',
        7,
        "must be a whole number from 0 to 64, not `65`",
        None,
    ),
    "memory with a capital": (
        '[tool.sparkferry.targets.local]\nkind = "local"\nmemory = "2G"',
        7,
        'must be text like `512m` or `2g`, not "2G"',
        None,
    ),
    "a full Python version with a word": (
        '[tool.sparkferry.targets.local]\nkind = "local"\npython = "python3.12"',
        7,
        "must be text like `3.12`",
        None,
    ),
    "a number without quotes": (
        '[tool.sparkferry.targets.local]\nkind = "local"\npython = 3.12',
        7,
        "must be text like `3.12`, not `3.12`",
        'write it in quotes: `"3.12"`',
    ),
    "a word for a switch": ('packages.prune = "no"', 5, 'must be true or false, not "no"', None),
    "text for a list": (
        'include = "conf/**"',
        5,
        "`include` must be a list of texts",
        'write it as a list: `["conf/**"]`',
    ),
    "a number in a list": ("include = [\n1]", 5, "`include` must be a list of texts", None),
    "a value for a table": ("jobs = 3", 5, "`jobs` must be a table of tables, not `3`", None),
    "targets that are no table": ("targets = 1", 5, "`targets` must be a table of tables", None),
    "a table for a value": ("target = {}", 5, "`target` must be text, not a table", None),
    "a job that is no table": ("jobs.a = true", 5, "`jobs.a` must be a table, not `true`", None),
    "a list as a property": (
        'spark-conf = { "spark.x" = [1] }',
        5,
        '`spark-conf."spark.x"` must be text, a number or true or false, not `[1]`',
        None,
    ),
    "no such target": ('target = "prod"', 5, "there is no target `prod`", "known targets: `local`"),
    "a target that is nearly there": (
        'target = "locl"',
        5,
        "there is no target `locl`",
        "did you mean `local`?",
    ),
    "neither entry nor script": (
        "[tool.sparkferry.jobs.a]\nargs = {}",
        5,
        "`jobs.a` has neither `entry` nor `script`",
        "give one:",
    ),
    "both entry and script": (
        '[tool.sparkferry.jobs.a]\nentry = "m:f"\nscript = "pyproject.toml"',
        5,
        "`jobs.a` has both `entry` and `script`",
        "give one:",
    ),
    "an entry without a function": (
        '[tool.sparkferry.jobs.a]\nentry = "package.module"',
        6,
        "`package.module` does not name a function",
        "`package.module:function`",
    ),
    "an entry that is a file": (
        '[tool.sparkferry.jobs.a]\nentry = "jobs/a.py:run"',
        6,
        "`jobs/a.py:run` does not name a function",
        None,
    ),
    "no such script": (
        '[tool.sparkferry.jobs.a]\nscript = "a.py"',
        6,
        "there is no script `a.py`",
        "relative to the directory of pyproject.toml",
    ),
    "a script outside": (
        '[tool.sparkferry.jobs.a]\nscript = "../a.py"',
        6,
        "the script `../a.py` is outside of the project",
        "move it into the project",
    ),
    "arguments of a script": (
        '[tool.sparkferry.jobs.a]\nscript = "pyproject.toml"\nargs.n = 1',
        7,
        "`jobs.a` is a script and takes no typed `args`",
        "after `--`",
    ),
    "no number": (
        "[tool.sparkferry.jobs.a]\nentry = 'm:f'\nargs.n = [\n1, nan]",
        7,
        "`jobs.a.args.n.1` cannot be `nan`",
        "as text",
    ),
    "an infinite number": (
        "[tool.sparkferry.jobs.a]\nentry = 'm:f'\nconfig.a.b = -inf",
        7,
        "`jobs.a.config.a.b` cannot be `-inf`",
        None,
    ),
    "a job's name": (
        '[tool.sparkferry.jobs.My_Job]\nentry = "m:f"',
        5,
        "`My_Job` is not a name for one of the jobs",
        "small letters",
    ),
    "a name of 41 characters": (
        f'[tool.sparkferry.jobs.{"a" * 41}]\nentry = "m:f"',
        5,
        "is not a name for one of the jobs",
        "40 characters at most",
    ),
    "a target's name": (
        (
            '[tool.sparkferry.targets."1"]\nkind = "local"\n'
            '[tool.sparkferry.targets.local]\nkind = "local"'
        ),
        5,
        "`1` is not a name for one of the targets",
        "a letter first",
    ),
    "a property of ours": (
        "[tool.sparkferry.spark-conf]\nspark.archives = 'x'",
        6,
        "sparkferry sets `spark.archives` itself",
        "`include`",
    ),
    "the interpreter as a property": (
        "[tool.sparkferry.jobs.a]\nentry = 'm:f'\nspark-conf.'spark.pyspark.python' = 'p'",
        7,
        "sparkferry sets `spark.pyspark.python` itself",
        "the target's `python`",
    ),
    "a property of the target": (
        "[tool.sparkferry.targets.local]\nkind = 'local'\nspark-conf.spark.master = 'x'",
        7,
        "sparkferry sets `spark.master` itself",
        "the target says where Spark runs",
    ),
    "not a Spark property": (
        "spark-conf = { 'fs.s3a.endpoint' = 'x' }",
        5,
        "Spark ignores the property `fs.s3a.endpoint`",
        "`spark.hadoop.fs.s3a.endpoint`",
    ),
    "a property twice": (
        "[tool.sparkferry.spark-conf]\nspark.x = 1\n'spark.x' = 2",
        7,
        "`spark.x` is given twice",
        None,
    ),
    "a file outside": ("include = ['a', '../b']", 5, "`../b` of `include` leads out", "below"),
    "a source outside": ("source = '/src'", 5, "`/src` of `source` leads out", "below"),
    "tiers that are no table": ("tiers = 1", 5, "`tiers` must be a table of tables", None),
    "a tier that is no table": (
        "tiers.prod = 1",
        5,
        "`tool.sparkferry.tiers.prod` must be a",
        None,
    ),
    "a tier's name": ("[tool.sparkferry.tiers.PROD]", 5, "`PROD` is not a name for one of", None),
    "a mistake in a tier that is not used": (
        "[tool.sparkferry.tiers.prod.targets.local]\nworker = 1",
        6,
        "unknown key `worker` in `targets.local`",
        "did you mean `workers`?",
    ),
    "a tier of a tier": (
        "[tool.sparkferry.tiers.prod.tiers]",
        5,
        "unknown key `tiers`",
        None,
    ),
}


WHOLE = {
    "no spark": ('[project]\nname = "a"\n[tool.sparkferry]', 3, "lacks the key `spark`", '"4.0"'),
    "spark as a number": (
        '[project]\nname = "a"\n[tool.sparkferry]\nspark = 4.0',
        4,
        "`spark` must be text like `4.0`, not `4.0`",
        "in quotes",
    ),
    "a full Spark version": (
        '[project]\nname = "a"\n[tool.sparkferry]\nspark = "4.0.1"',
        4,
        'must be text like `4.0`, not "4.0.1"',
        None,
    ),
    "no project": ('[tool.sparkferry]\nspark = "4.0"', 1, "there is no table `[project]`", "add"),
    "no name": (
        '[project]\nversion = "1"\n[tool.sparkferry]\nspark = "4.0"',
        1,
        "`[project]` lacks the key `name`",
        "add",
    ),
    "a name with spaces": (
        '[project]\nname = "my demo"\n[tool.sparkferry]\nspark = "4.0"',
        2,
        "`my demo` is not a project's name",
        "letters",
    ),
    "a bad requirement": (
        (
            '[project]\nname = "a"\ndependencies = [\n"numpy",\n"pandas=2",\n]\n'
            '[tool.sparkferry]\nspark = "4.0"'
        ),
        5,
        "`pandas=2` is not a requirement",
        "PEP 508",
    ),
    "a bad requirement with a marker": (
        (
            '[project]\nname = "a"\ndependencies = ["numpy; python > 3"]\n'
            '[tool.sparkferry]\nspark = "4.0"'
        ),
        3,
        "is not a requirement",
        "PEP 508",
    ),
    "a requirement that is no text": (
        '[project]\nname = "a"\ndependencies = [1]\n[tool.sparkferry]\nspark = "4.0"',
        3,
        "it is not text",
        None,
    ),
    "dependencies as text": (
        '[project]\nname = "a"\ndependencies = "numpy"\n[tool.sparkferry]\nspark = "4.0"',
        3,
        "`dependencies` must be a list",
        None,
    ),
    "dynamic name": (
        '[project]\nname = "a"\ndynamic = ["name"]\n[tool.sparkferry]\nspark = "4.0"',
        3,
        "`name` is dynamic",
        "write `name` in `[project]`",
    ),
    "a constraint that Poetry would not read": (
        (
            '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nb = "about 2"\n'
            '[tool.sparkferry]\nspark = "4.0"'
        ),
        3,
        "`about` is not a version constraint",
        "Poetry's documentation",
    ),
    "a Python range that Poetry would not read": (
        (
            '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "three"\n'
            '[tool.sparkferry]\nspark = "4.0"'
        ),
        4,
        "`three` is not a version constraint",
        ">=3.11",
    ),
    "a bad Python range": (
        '[project]\nname = "a"\nrequires-python = "3.11+"\n[tool.sparkferry]\nspark = "4.0"',
        3,
        "`3.11+` is not a range of versions",
        ">=3.11",
    ),
    "a section that is no table": ('project.name = "a"\ntool.sparkferry = 1', 2, "must be a", None),
    "no TOML": (
        '[project]\nname = "a"\n[tool.sparkferry]\nspark = 4.0.1',
        4,
        "not valid TOML",
        None,
    ),
    "an open string at the end": (
        '[project]\nname = "a"\n[tool.sparkferry]\nspark = """4.0',
        4,
        "not valid TOML",
        None,
    ),
    "nested without end": ("x = " + "[" * 100_000, 1, "nested too deeply", None),
    "a key twice": (
        '[project]\nname = "a"\n[tool.sparkferry]\nspark = "4.0"\nspark = "4.1"',
        5,
        "not valid TOML: Cannot overwrite a value",
        None,
    ),
}


CASES = {name: (HEAD + text, *rest) for name, (text, *rest) in MISTAKES.items()} | WHOLE


@pytest.mark.parametrize(("text", "line", "message", "hint"), CASES.values(), ids=CASES)
def test_a_mistake_is_told_with_its_line_and_the_way_out(project, text, line, message, hint):
    with pytest.raises(DiagnosticsError) as caught:
        project(text)
    (found,) = caught.value.diagnostics
    assert (found.file, found.line) == ("pyproject.toml", line)
    assert message in found.message
    assert hint is None or hint in (found.hint or "")

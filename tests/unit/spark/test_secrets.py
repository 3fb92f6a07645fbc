import subprocess

import pytest

from sparkferry.spark.secrets import (
    REDACTED,
    properties_text,
    public,
    redacted,
    secret_names,
    secrets_of,
)

CONF = {
    "spark.hadoop.fs.s3a.secret.key": "s",
    "spark.hadoop.fs.s3a.access.key": "a",
    "spark.hadoop.fs.azure.account.key.x.dfs.core.windows.net": "k",
    "spark.ssl.keyPassword": "p",
    "spark.executorEnv.API_TOKEN": "t",
    "spark.executor.memory": "1g",
}


def test_secrets_are_told_by_their_names():
    assert set(secret_names(CONF)) == set(CONF) - {"spark.executor.memory"}
    assert public(CONF) == {"spark.executor.memory": "1g"}
    assert redacted(CONF)["spark.ssl.keyPassword"] == REDACTED
    assert secrets_of(redacted(CONF)) == {}
    assert secrets_of(CONF) | public(CONF) == CONF


@pytest.mark.parametrize(
    "value", ["a=b:c#d!e", " lead", "back\\slash", "line\nbreak", "ünï", "tab\t"]
)
def test_java_reads_what_was_written(value, tmp_path):
    (tmp_path / "P.java").write_text(
        "public class P { public static void main(String[] a) throws Exception {"
        "var p = new java.util.Properties();"
        "p.load(new java.io.InputStreamReader(new java.io.FileInputStream(a[0]), "
        "java.nio.charset.StandardCharsets.UTF_8));"
        'System.out.write(p.getProperty("spark.a key").getBytes("UTF-8")); System.out.flush(); } }'
    )
    (tmp_path / "p").write_text(properties_text({"spark.a key": value}), "utf-8")
    said = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "P.java", "p"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout.decode() == value

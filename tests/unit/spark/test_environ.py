from pathlib import Path

from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.environ import driver_environ, spark_environ
from sparkferry.spark.java import Java

HOME = SparkHome(path=Path("/spark"), version="4.0.5")
JAVA = Java(home=Path("/jdk"), build="17", feature=17)
USERS = {
    "PATH": "/bin",
    "HOME": "/home",
    "AWS_PROFILE": "x",
    "LANG": "de_DE.UTF-8",
    "PYTHONPATH": "/elsewhere",
    "PYTHONHASHSEED": "random",
    "PYSPARK_PYTHON": "/usr/bin/python",
    "SPARK_HOME": "/other",
    "_SPARK_AUTH_SECRET": "x",
    "VIRTUAL_ENV": "/venv",
    "CONDA_PREFIX": "/conda",
    "HADOOP_CONF_DIR": "/hadoop",
}


def test_what_configures_spark_or_python_is_left_out():
    environ = driver_environ(HOME, JAVA, USERS)
    assert environ == {
        "PATH": "/bin",
        "HOME": "/home",
        "AWS_PROFILE": "x",
        "LANG": "de_DE.UTF-8",
        "SPARK_HOME": "/spark",
        "JAVA_HOME": "/jdk",
        "SPARK_CONF_DIR": "/spark/.no-conf",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def test_text_is_utf8_whatever_the_locale():
    assert driver_environ(HOME, JAVA, {"LC_ALL": "de_DE.utf8"})["LC_ALL"] == "de_DE.utf8"
    assert "LC_ALL" not in driver_environ(HOME, JAVA, {"LC_CTYPE": "C.UTF-8"})
    for base in ({}, {"LANG": "C"}, {"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}):
        assert driver_environ(HOME, JAVA, base)["LC_ALL"].endswith("UTF-8")


def test_no_configuration_of_the_installation_is_read():
    assert not Path(spark_environ(HOME, JAVA)["SPARK_CONF_DIR"]).exists()

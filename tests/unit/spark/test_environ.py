from pathlib import Path

from sparkferry.spark.distribution import SparkHome
from sparkferry.spark.environ import LOCALE, driver_environ, private_home, spark_environ
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
        "LC_ALL": "C.UTF-8",
        "SPARK_HOME": "/spark",
        "JAVA_HOME": "/jdk",
        "SPARK_CONF_DIR": "/spark/.no-conf",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def test_text_is_utf8_whatever_the_locale():
    # A UTF-8 locale of the user counts for nothing either: where it is not installed, Java takes ASCII.
    for base in ({}, {"LANG": "C"}, {"LC_ALL": "xx_XX.UTF-8"}, {"LC_CTYPE": "de_DE@euro"}):
        environ = driver_environ(HOME, JAVA, base)
        assert environ["LC_ALL"] == LOCALE
        assert not {"LANG", "LC_CTYPE"} & environ.keys()


def test_a_private_home_is_the_place_of_all_that_tools_keep_there():
    environ = private_home(Path("/run/home"), Path("/run/tmp"))
    assert environ.pop("XDG_RUNTIME_DIR") == "/run/tmp"
    assert {"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} < environ.keys()
    assert all(place.startswith("/run/home") for place in environ.values())


def test_no_configuration_of_the_installation_is_read():
    assert not Path(spark_environ(HOME, JAVA)["SPARK_CONF_DIR"]).exists()

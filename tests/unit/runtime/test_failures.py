import pytest

from sparkferry.runtime.failures import explain

SAMPLES = {
    "python missing": (
        (
            'java.io.IOException: Cannot run program "./python/bin/python3": error=2, No such'
            " file or directory"
        ),
        "did not find its interpreter `./python/bin/python3`",
    ),
    "python of another platform": (
        (
            'java.io.IOException: Cannot run program "./python/bin/python3": error=8, Exec '
            "format error"
        ),
        "could not execute its interpreter",
    ),
    "python minor, Spark 3.5": (
        (
            "pyspark.errors.exceptions.base.PySparkRuntimeError: [PYTHON_VERSION_MISMATCH] "
            "Python in worker has different version 3.10 than that in driver 3.12, PySpark "
            "cannot run with different minor versions."
        ),
        "the executors run Python 3.10, the driver Python 3.12",
    ),
    "python minor, Spark 4": (
        (
            "[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.10 than that"
            " in driver: 3.12, PySpark cannot run with different minor versions."
        ),
        "the executors run Python 3.10, the driver Python 3.12",
    ),
    "module missing": (
        ("File \"job.py\", line 3\nModuleNotFoundError: No module named 'scipy'\n"),
        "did not find the module `scipy`",
    ),
    "python worker": (
        (
            "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed). "
            "Consider setting 'spark.python.worker.faulthandler.enabled' to 'true'"
        ),
        "a Python worker on an executor ended",
    ),
    "class version": (
        (
            "java.lang.UnsupportedClassVersionError: org/apache/spark/launcher/Main has been "
            "compiled by a more recent version of the Java Runtime (class file version 61.0),"
            " this version of the Java Runtime only recognizes class file versions up to 52.0"
        ),
        "`org/apache/spark/launcher/Main` was compiled for a newer Java",
    ),
    "filesystem": (
        ('org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme "gs"'),
        "no filesystem for `gs://`",
    ),
    "class": (
        (
            "java.lang.RuntimeException: java.lang.ClassNotFoundException: Class "
            "org.apache.hadoop.fs.s3a.S3AFileSystem not found"
        ),
        "`org.apache.hadoop.fs.s3a.S3AFileSystem`",
    ),
    "data source": (
        (
            "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: kafka. Make sure the "
            "provider name is correct"
        ),
        "data source `kafka`",
    ),
    "memory": (
        (
            "ExecutorLostFailure (executor 1 exited caused by one of the running tasks) "
            "Reason: Command exited with code 137"
        ),
        "ran out of memory",
    ),
    "executor lost": (
        (
            "ExecutorLostFailure (executor 2 exited caused by one of the running tasks) "
            "Reason: Remote RPC client disassociated."
        ),
        "executor 2 was lost",
    ),
    "pandas": (
        (
            "[UNSUPPORTED_PACKAGE_VERSION] Pandas >= 2.0.0 must be installed; however, your "
            "version is 1.5.3."
        ),
        "needs Pandas 2.0.0 or newer",
    ),
    "address": (
        (
            "java.net.BindException: Cannot assign requested address: Service 'sparkDriver' "
            "failed after 16 retries"
        ),
        "Cannot assign requested address",
    ),
    "closure": (
        (
            "_pickle.PicklingError: Could not serialize object: TypeError: cannot pickle "
            "'_thread.lock' object"
        ),
        "cannot travel",
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_known_failure_is_told_as_cause_and_fix(name):
    text, cause = SAMPLES[name]
    explanation = explain(f"Traceback (most recent call last):\n{text}\n\tat java.base/x")
    assert cause in explanation.cause
    assert explanation.fix


def test_an_unknown_failure_is_left_alone():
    assert explain("ZeroDivisionError: division by zero") is None

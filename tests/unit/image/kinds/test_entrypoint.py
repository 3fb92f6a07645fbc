"""The entry point, run by the bash of this machine, with small programs in Spark's place."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from sparkferry.image import kinds

SCRIPT = Path(kinds.__file__).with_name("entrypoint.sh")
TELL = '#!/bin/bash\nprintf "%s\\n" "${0##*/}" "$@"\n'
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"

EXECUTOR = {
    "SPARK_EXECUTOR_MEMORY": "2g",
    "SPARK_DRIVER_URL": "spark://driver:7078",
    "SPARK_EXECUTOR_ID": "1",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_APPLICATION_ID": "app 1",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.7",
    "SPARK_EXECUTOR_POD_NAME": "pod-1",
    "SPARK_RESOURCE_PROFILE_ID": "3",
}


@pytest.fixture
def home(tmp_path):
    """A SPARK_HOME, and a JAVA_HOME in it, whose programs print their name and arguments."""
    for name in ("bin/spark-class", "bin/spark-submit", "java/bin/java"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TELL)
        path.chmod(0o755)
    return tmp_path


@pytest.fixture
def run(home):
    """Run the script; return what it printed, as lines, or the failed process."""

    def start(*arguments, code=0, **env):
        done = subprocess.run(
            ["bash", SCRIPT, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "SPARK_HOME": str(home),
                "JAVA_HOME": str(home / "java"),
                "SPARK_POD_IP": "10.0.0.9",
                "MY_PASSWORD": "hush",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        assert "hush" not in done.stdout + done.stderr
        return done.stderr if code else done.stdout.splitlines()

    return start


def test_shellcheck_finds_nothing():
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([program, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_driver(run):
    told = run("driver", "--class", "a b", SPARK_DRIVER_BIND_ADDRESS="10.0.0.5")
    assert told == [
        "spark-submit", "--conf", "spark.driver.bindAddress=10.0.0.5", "--deploy-mode", "client",
        "--class", "a b",
    ]  # fmt: skip
    assert "spark.driver.bindAddress=10.0.0.9" in run("driver")


def test_executor_gets_the_options_that_the_driver_sent_byte_for_byte(run, home):
    options = {f"SPARK_JAVA_OPT_{number}": f"-Dn={number} 'a' *" for number in range(12)}
    options["SPARK_JAVA_OPT_3"] = "-Dtwo=lines\nof text"
    told = run("executor", **EXECUTOR, **options, SPARK_CONF_DIR="/opt/spark/conf")
    assert told[0] == "java"
    text = "\n".join(told)
    sent = "\n".join(options[f"SPARK_JAVA_OPT_{number}"] for number in range(12))
    assert text.startswith(f"java\n{sent}\n-Xms2g\n-Xmx2g\n-cp\n/opt/spark/conf:{home}/jars/*\n")
    assert told[told.index("org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend") :] == [
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
        "--driver-url", "spark://driver:7078", "--executor-id", "1", "--cores", "2",
        "--app-id", "app 1", "--hostname", "10.0.0.7", "--resourceProfileId", "3",
        "--podName", "pod-1",
    ]  # fmt: skip


def test_class_path_of_an_executor(run, home):
    env = {
        "HADOOP_CONF_DIR": "/hadoop",
        "SPARK_CLASSPATH": "/first",
        "SPARK_EXTRA_CLASSPATH": "/extra",
        "SPARK_DIST_CLASSPATH": "/dist",
    }
    told = run("executor", **EXECUTOR, **env)
    expected = f"/first:/hadoop:{home}/conf:{home}/jars/*:/extra:/dist"
    assert told[told.index("-cp") + 1] == expected


def test_an_executor_without_options(run):
    assert run("executor", **EXECUTOR)[:3] == ["java", "-Xms2g", "-Xmx2g"]


def test_an_executor_without_its_driver(run):
    assert "SPARK_EXECUTOR_MEMORY: unbound variable" in run("executor", code=1)


def test_master(run):
    assert run("master", "--port", "7077") == [
        "spark-class", MASTER, "--host", "10.0.0.9", "--port", "7077",
    ]  # fmt: skip
    assert run("master", SPARK_MASTER_HOST="spark")[-1] == "spark"


def test_worker(run, home):
    expected = ["spark-class", WORKER, "--host", "10.0.0.9", "--work-dir", f"{home}/work-dir"]
    assert run("worker", "spark://a:7077") == [*expected, "spark://a:7077"]
    assert run("worker", SPARK_MASTER_URL="spark://b:7077") == [*expected, "spark://b:7077"]
    assert "SPARK_MASTER_URL is not set" in run("worker", code=2)


def test_variables_of_kubernetes_services_are_no_ports(run, home):
    (home / "bin/spark-class").write_text(
        "#!/bin/bash\necho ${SPARK_MASTER_PORT-unset} ${SPARK_WORKER_PORT-unset}\n"
    )
    assert run("master", SPARK_MASTER_PORT="tcp://10.0.0.1:7077") == ["unset unset"]
    assert run("worker", "x", SPARK_MASTER_PORT="7077", SPARK_WORKER_PORT="1") == ["7077 1"]


def test_a_worker_s_memory_is_the_user_s_where_it_is_given(run, home):
    (home / "bin/spark-class").write_text("#!/bin/bash\necho $SPARK_WORKER_MEMORY\n")
    assert run("worker", "x", SPARK_WORKER_MEMORY="3g") == ["3g"]


def test_submit(run):
    told = run("submit", "job.py", "a b", SPARK_MASTER_URL="spark://a:7077")
    assert told == [
        "spark-submit", "--master", "spark://a:7077", "--conf", "spark.driver.host=10.0.0.9",
        "--conf", "spark.driver.bindAddress=0.0.0.0", "job.py", "a b",
    ]  # fmt: skip
    assert run("submit", "--master", "local", "job.py")[1] == "--conf"
    assert "SPARK_MASTER_URL is not set" in run("submit", "job.py", code=2)


def test_anything_else_is_run_as_it_is(run):
    assert run("printf", "%s|", "a b", "*") == ["a b|*|"]
    assert "say what to run" in run(code=2)


def test_the_address_is_the_first_that_the_host_has(run, home):
    (home / "bin/hostname").write_text("#!/bin/bash\necho 10.1.1.1 10.2.2.2\n")
    (home / "bin/hostname").chmod(0o755)
    path = f"{home}/bin:{os.environ['PATH']}"
    assert run("master", SPARK_POD_IP="", PATH=path)[-1] == "10.1.1.1"
    (home / "bin/hostname").write_text("#!/bin/bash\nexit 1\n")
    run("master", SPARK_POD_IP="", PATH=path, code=1)


@pytest.mark.parametrize("role", ["driver", "master", "worker", "submit", "executor"])
def test_the_process_is_replaced_so_that_signals_arrive(home, role):
    sleep = "#!/bin/bash\necho $$\nexec sleep 60\n"
    for name in ("bin/spark-class", "bin/spark-submit", "java/bin/java"):
        (home / name).write_text(sleep)
    env = {**os.environ, **EXECUTOR, "SPARK_HOME": str(home), "JAVA_HOME": str(home / "java")}
    env |= {"SPARK_POD_IP": "10.0.0.9", "SPARK_MASTER_URL": "spark://a:7077"}
    with subprocess.Popen(["bash", SCRIPT, role], env=env, stdout=subprocess.PIPE) as process:
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM

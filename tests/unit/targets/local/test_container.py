from pathlib import Path

import pytest

from sparkferry.targets.local.container import (
    Container,
    Mount,
    command,
    contained,
    outside,
    removal,
)
from sparkferry.targets.supervise.session import Program

PROGRAM = Program(
    argv=("/opt/spark/bin/spark-submit", "--name", "a b"),
    env={"SPARK_HOME": "/opt/spark", "PATH": "/bin", "HOME": "/run/home", "A": "1=2"},
    cwd=Path("/run/work"),
    output=Path("/run/log"),
    main=True,
)


def container(engine: str = "docker") -> Container:
    return Container(
        engine=engine,
        image="localhost/sparkferry/flights:12",
        name="sparkferry-flights-1",
        user="185:0",
        options=("--group-add", "0"),
        mounts=(Mount("/data", "/my/data"), Mount("/run", "/run", writable=True)),
        environ={"DOCKER_HOST": "unix:///socket"},
    )


def test_a_program_in_a_container_has_its_place_its_user_and_its_variables_but_no_path_of_this_machine():
    assert command(PROGRAM, container(), 2) == (
        *("docker", "run", "--rm", "--name", "sparkferry-flights-1-2"),
        *("--pull", "never", "--security-opt", "label=disable"),
        *("--network", "host", "--user", "185:0", "--workdir", "/run/work", "--group-add", "0"),
        *("--volume", "/my/data:/data:ro", "--volume", "/run:/run"),
        *("--env", "A=1=2", "--env", "HOME=/run/home", "--env", "SPARK_HOME=/opt/spark"),
        *("--entrypoint", "/usr/bin/tini", "localhost/sparkferry/flights:12", "-s", "-g", "--"),
        *("/opt/spark/bin/spark-submit", "--name", "a b"),
    )


def test_what_it_writes_and_how_it_ends_is_the_programs_own():
    made = contained(PROGRAM, container(), 0)
    assert (made.output, made.cwd, made.main) == (PROGRAM.output, PROGRAM.cwd, True)
    assert made.env == {"DOCKER_HOST": "unix:///socket"}


@pytest.mark.parametrize(
    ("engine", "options"),
    [("docker", ["--force"]), ("podman", ["--force", "--ignore", "--time", "0"])],
)
def test_containers_are_removed_at_once_by_name(engine, options):
    names = ["sparkferry-flights-1-0", "sparkferry-flights-1-1"]
    assert removal(container(engine), 2) == (engine, "rm", *options, *names)


def test_a_tree_is_mounted_with_what_its_links_lead_to(tmp_path):
    for name in ("jdk/lib", "etc/security", "etc/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/security/cacerts").touch()
    (tmp_path / "jdk/lib/cacerts").symlink_to("../../etc/security/cacerts")
    (tmp_path / "jdk/lib/near").symlink_to("cacerts")
    (tmp_path / "jdk/lib/inside").symlink_to("../lib")
    (tmp_path / "jdk/lib/broken").symlink_to(tmp_path / "nowhere/x")
    assert outside(tmp_path / "jdk") == {tmp_path / "etc/security"}

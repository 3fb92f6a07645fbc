"""The engines that the other tests of images begin with."""

from support.engines import Engine


def test_docker_runs_a_container(docker: Engine):
    assert docker.run("localhost/probe:1", "/probe", "--version").startswith("tini version")


def test_podman_runs_a_container(podman: Engine):
    assert podman.run("localhost/probe:1", "/probe", "--version").startswith("tini version")

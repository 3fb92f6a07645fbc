#!/usr/bin/env python3
"""Start and end real HDFS and YARN daemons on loopback, from the jars that Maven resolves.

    hadoop.py up DIR [--version 3.4.2] [--no-aggregation] [--no-yarn] [--also historyserver|httpfs]... [--hide PATH]...
    hadoop.py down DIR
    hadoop.py jars DIR

NameNode, DataNode, ResourceManager and NodeManager (also JobHistoryServer, HttpFS) are processes of their own. All state lies under
DIR; DIR/conf is what a client takes as HADOOP_CONF_DIR; DIR/engine.json holds addresses and process ids. Containers
see PATH=DIR/tools: links to the tools that every cluster has, no Python among them.

Needs java (17), mvn for the first start, and the standard library. Jars lie in DIR/jars, or where --jars says.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from xml.sax.saxutils import escape

from loopback import HOST, alive, end, free_ports

TOOLS = (
    "bash sh ls cat cp mv ln rm mkdir rmdir chmod chown touch find stat id whoami groups uname hostname date sleep "
    "kill ps nice setsid df du head tail grep sed awk sort uniq cut tr wc tee xargs basename dirname readlink realpath "
    "env true false test expr tar gzip gunzip zip unzip getconf nproc java"
).split()
DAEMONS = {
    "namenode": "org.apache.hadoop.hdfs.server.namenode.NameNode",
    "datanode": "org.apache.hadoop.hdfs.server.datanode.DataNode",
    "resourcemanager": "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
    "nodemanager": "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
    "historyserver": "org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer",
    "httpfs": "org.apache.hadoop.fs.http.server.HttpFSServerWebServer",
}
HEAP = {
    "namenode": "192m",
    "datanode": "160m",
    "resourcemanager": "256m",
    "nodemanager": "224m",
    "historyserver": "192m",
    "httpfs": "160m",
}
OPENS = [
    f"--add-opens=java.base/{p}=ALL-UNNAMED"
    for p in ("java.lang", "java.util", "java.io", "java.net", "java.nio")
]
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>engines</groupId><artifactId>hadoop</artifactId><version>1</version><dependencies>
{dependencies}
</dependencies></project>
"""
# What a Hadoop release has in share/hadoop. The shaded hadoop-client-minicluster has the same daemons in one jar, but
# its REST answers are wrong: what JAXB should render (an application's state, queue, tags) is missing from them.
ARTIFACTS = """hadoop-common hadoop-hdfs hadoop-hdfs-client hadoop-yarn-server-resourcemanager
hadoop-yarn-server-nodemanager hadoop-yarn-server-timelineservice hadoop-yarn-client hadoop-mapreduce-client-hs hadoop-mapreduce-client-shuffle""".split()
LOG4J = """log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
"""


def write_xml(path: Path, properties: dict[str, object]) -> None:
    """Write a Hadoop configuration file."""
    rows = "".join(
        f"  <property><name>{escape(k)}</name><value>{escape(str(v))}</value></property>\n"
        for k, v in properties.items()
    )
    path.write_text(f'<?xml version="1.0"?>\n<configuration>\n{rows}</configuration>\n')


def configure(home: Path, options: argparse.Namespace) -> dict[str, int]:
    """Write DIR/conf and return the ports."""
    names = "nn nnweb dn dnipc dnweb rm rmsched rmtrack rmadmin rmweb nm nmloc nmweb jh jhweb jhadmin httpfs".split()
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    at = {name: f"{HOST}:{port}" for name, port in ports.items()}
    conf = home / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    write_xml(
        conf / "core-site.xml",
        {
            "fs.defaultFS": f"hdfs://{at['nn']}",
            "hadoop.tmp.dir": home / "data" / "tmp",
            "hadoop.http.staticuser.user": "hdfs",
            "hadoop.user.group.static.mapping.overrides": "hdfs=supergroup;yarn=hadoop;mapred=hadoop;dr.who=;",
            "hadoop.proxyuser.yarn.hosts": "*",
            "hadoop.proxyuser.yarn.groups": "*",
        },
    )
    write_xml(
        conf / "hdfs-site.xml",
        {
            "dfs.replication": 1,
            "dfs.namenode.name.dir": f"file://{home}/data/name",
            "dfs.datanode.data.dir": f"file://{home}/data/blocks",
            "dfs.namenode.rpc-address": at["nn"],
            "dfs.namenode.http-address": at["nnweb"],
            "dfs.namenode.secondary.http-address": f"{HOST}:0",
            "dfs.datanode.address": at["dn"],
            "dfs.datanode.ipc.address": at["dnipc"],
            "dfs.datanode.http.address": at["dnweb"],
            "dfs.datanode.hostname": HOST,
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.safemode.extension": 0,
            "dfs.namenode.fs-limits.min-block-size": 1024,
            "dfs.datanode.du.reserved": 0,
        },
    )
    write_xml(
        conf / "mapred-site.xml",
        {
            "mapreduce.framework.name": "yarn",
            "mapreduce.jobhistory.address": at["jh"],
            "mapreduce.jobhistory.webapp.address": at["jhweb"],
            "mapreduce.jobhistory.admin.address": at["jhadmin"],
        },
    )
    write_xml(
        conf / "httpfs-site.xml",
        {
            "httpfs.http.hostname": HOST,
            "httpfs.http.port": ports["httpfs"],
            "httpfs.hadoop.config.dir": conf,
        },
    )
    write_xml(
        conf / "yarn-site.xml",
        {
            "yarn.resourcemanager.hostname": HOST,
            "yarn.resourcemanager.address": at["rm"],
            "yarn.resourcemanager.scheduler.address": at["rmsched"],
            "yarn.resourcemanager.resource-tracker.address": at["rmtrack"],
            "yarn.resourcemanager.admin.address": at["rmadmin"],
            "yarn.resourcemanager.webapp.address": at["rmweb"],
            "yarn.resourcemanager.scheduler.class": "org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler",
            "yarn.scheduler.minimum-allocation-mb": 128,
            "yarn.scheduler.maximum-allocation-mb": options.memory,
            "yarn.nodemanager.hostname": HOST,
            "yarn.nodemanager.address": at["nm"],
            "yarn.nodemanager.localizer.address": at["nmloc"],
            "yarn.nodemanager.webapp.address": at["nmweb"],
            "yarn.nodemanager.resource.memory-mb": options.memory,
            "yarn.nodemanager.resource.cpu-vcores": options.vcores,
            "yarn.nodemanager.vmem-check-enabled": "false",
            "yarn.nodemanager.pmem-check-enabled": "false",
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99.9,
            "yarn.nodemanager.local-dirs": home / "data" / "nm-local",
            "yarn.nodemanager.log-dirs": home / "data" / "nm-logs",
            "yarn.nodemanager.delete.debug-delay-sec": options.keep,
            "yarn.nodemanager.env-whitelist": "JAVA_HOME,LANG,TZ",
            "yarn.nodemanager.admin-env": f"PATH={home}/tools,MALLOC_ARENA_MAX=2",  # else bash's own PATH, with /usr/bin
            "yarn.nodemanager.remote-app-log-dir": "/app-logs",
            "yarn.log-aggregation-enable": str(options.aggregation).lower(),
            "yarn.log.server.url": f"http://{at['jhweb']}/jobhistory/logs",
            "yarn.log.server.web-service.url": f"http://{at['jhweb']}/ws/v1/history",
            "yarn.resourcemanager.am.max-attempts": 2,
            "yarn.webapp.ui2.enable": "false",
        },
    )
    write_xml(
        conf / "capacity-scheduler.xml",
        {
            "yarn.scheduler.capacity.root.queues": "default,analytics",
            "yarn.scheduler.capacity.root.default.capacity": 50,
            "yarn.scheduler.capacity.root.default.maximum-capacity": 100,
            "yarn.scheduler.capacity.root.default.user-limit-factor": 10,
            "yarn.scheduler.capacity.root.analytics.capacity": 50,
            "yarn.scheduler.capacity.root.analytics.maximum-capacity": 100,
            "yarn.scheduler.capacity.root.analytics.user-limit-factor": 10,
            "yarn.scheduler.capacity.maximum-am-resource-percent": 1.0,
            "yarn.scheduler.capacity.resource-calculator": "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator",
        },
    )
    (conf / "log4j.properties").write_text(LOG4J)
    for name in (
        "hdfs",
        "datanode",
        "static",
    ):  # the jars lack them; without pages, everything but the pages works
        (home / "www" / "webapps" / name).mkdir(parents=True, exist_ok=True)
    return ports


def make_tools(home: Path, java: str) -> Path:
    """Link the tools that containers may see; there is no Python among them."""
    tools = home / "tools"
    shutil.rmtree(tools, ignore_errors=True)
    tools.mkdir(parents=True)
    for name in TOOLS:
        found = java if name == "java" else shutil.which(name)
        if found:
            (tools / name).symlink_to(Path(found).resolve() if name == "java" else found)
    return tools


def jars(folder: Path, version: str, *, httpfs: bool) -> str:
    """Return the class path, resolved by Maven at the first call. Version 3.5.0 of HttpFS was not published."""
    artifacts = [*ARTIFACTS, *(["hadoop-hdfs-httpfs"] if httpfs else [])]
    if not all(list(folder.glob(f"{name}-{version}.jar")) for name in artifacts):
        folder.mkdir(parents=True, exist_ok=True)
        pom = folder / "pom.xml"
        line = "<dependency><groupId>org.apache.hadoop</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
        pom.write_text(
            POM.format(dependencies="\n".join(line.format(name, version) for name in artifacts))
        )
        command = [
            "mvn",
            "-q",
            "-B",
            "-f",
            str(pom),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
        ]
        command.append(f"-DoutputDirectory={folder}")
        subprocess.run(command, check=True, stdout=sys.stderr)
    return f"{folder}/*"


def start(
    home: Path,
    name: str,
    classpath: str,
    options: argparse.Namespace,
    arguments: tuple[str, ...] = (),
) -> int:
    """Start one daemon in a session of its own."""
    java = Path(shutil.which("java") or "java").resolve()
    environment = {
        "PATH": str(home / "tools"),
        "JAVA_HOME": str(java.parent.parent),
        "LANG": "C.UTF-8",
        "HADOOP_LOG_DIR": str(home / "logs"),
        "HADOOP_CONF_DIR": str(home / "conf"),
        "HADOOP_USER_NAME": {"namenode": "hdfs", "datanode": "hdfs", "historyserver": "mapred"}.get(
            name, "yarn"
        ),
        "HOME": str(home / "data"),
    }
    command = [
        str(java),
        f"-Xmx{HEAP[name]}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        *OPENS,
        "-Djava.net.preferIPv4Stack=true",
        f"-Dproc_{name}",
        f"-Dhttpfs.home.dir={home}",
        f"-Dhttpfs.config.dir={home}/conf",
        f"-Dhttpfs.log.dir={home}/logs",
        f"-Dhttpfs.temp.dir={home}/data",
        "-cp",
        f"{home}/conf:{home}/www:{classpath}",
        DAEMONS[name],
        *arguments,
    ]
    if name == "nodemanager" and options.hide:
        # A mount namespace in which an empty file or directory lies over each path: no Python, whoever looks.
        script = "; ".join(
            f'[ -d "{p}" ] && mount --bind "{home}/empty" "{p}" || {{ [ -e "{p}" ] && mount --bind /dev/null "{p}"; }}'
            for p in options.hide
        )
        (home / "empty").mkdir(exist_ok=True)
        command = [
            shutil.which("unshare"),
            "--mount",
            "--",
            shutil.which("bash"),
            "-c",
            f'export PATH=/usr/bin:/bin:/usr/sbin:/sbin; {script}; export PATH="{home}/tools"; exec "$@"',
            "-",
            *command,
        ]
    log = (home / "logs" / f"{name}.log").open("wb")
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        cwd=home,
    ).pid


def wait(url: str, found: str, pid: int, seconds: float = 60) -> None:
    """Wait until what ``url`` answers holds ``found``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found in urllib.request.urlopen(url, timeout=5).read().decode():
                return
        if not alive(pid):
            sys.exit(f"process {pid} has ended; see the logs")
        time.sleep(0.1)
    sys.exit(f"no answer from {url}")


def up(options: argparse.Namespace) -> None:
    """Start everything and write engine.json."""
    home = options.dir.resolve()
    (home / "logs").mkdir(parents=True, exist_ok=True)
    java = shutil.which("java") or sys.exit("java is not on PATH")
    classpath = jars(
        (options.jars or home / "jars").resolve(), options.version, httpfs="httpfs" in options.also
    )
    begun = time.monotonic()
    ports = configure(home, options)
    make_tools(home, java)
    pids: dict[str, int] = {}
    engine = home / "engine.json"

    def keep(**more: object) -> None:
        engine.write_text(json.dumps({"pids": pids, "ports": ports, **more}, indent=1))

    if not (home / "data" / "name").exists():
        pid = start(home, "namenode", classpath, options, ("-format", "-nonInteractive"))
        os.waitpid(pid, 0)
    for name in ["namenode", "datanode"] + (
        [] if options.no_yarn else ["resourcemanager", "nodemanager"]
    ):
        pids[name] = start(home, name, classpath, options)
        keep()
    beans = f"http://{HOST}:{ports['nnweb']}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState"
    wait(beans, '"NumLiveDataNodes" : 1', pids["namenode"])
    wait(
        f"http://{HOST}:{ports['nnweb']}/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo",
        '"Safemode" : ""',
        pids["namenode"],
    )
    for path, mode in (("/user", "777"), ("/tmp", "1777"), ("/app-logs", "1777")):
        web = f"http://{HOST}:{ports['nnweb']}/webhdfs/v1{path}?user.name=hdfs&op="
        for op in (
            f"MKDIRS&permission={mode}",
            f"SETPERMISSION&permission={mode}",
            "SETOWNER&group=hadoop",
        ):
            urllib.request.urlopen(
                urllib.request.Request(web + op, method="PUT"), timeout=20
            ).read()
    for name in options.also:
        pids[name] = start(home, name, classpath, options)
        keep()
    if not options.no_yarn:
        wait(
            f"http://{HOST}:{ports['rmweb']}/ws/v1/cluster/metrics",
            '"activeNodes":1',
            pids["resourcemanager"],
        )
    if "historyserver" in options.also:
        wait(
            f"http://{HOST}:{ports['jhweb']}/ws/v1/history/info", "startedOn", pids["historyserver"]
        )
    if "httpfs" in options.also:
        wait(
            f"http://{HOST}:{ports['httpfs']}/webhdfs/v1/?op=GETFILESTATUS&user.name=hdfs",
            "FileStatus",
            pids["httpfs"],
        )
    keep(
        conf=str(home / "conf"),
        hdfs=f"hdfs://{HOST}:{ports['nn']}",
        webhdfs=f"http://{HOST}:{ports['nnweb']}/webhdfs/v1",
        resourcemanager=f"http://{HOST}:{ports['rmweb']}",
        history=f"http://{HOST}:{ports['jhweb']}" if "historyserver" in options.also else None,
        httpfs=f"http://{HOST}:{ports['httpfs']}/webhdfs/v1" if "httpfs" in options.also else None,
        seconds=round(time.monotonic() - begun, 1),
    )
    print(engine.read_text())


def down(options: argparse.Namespace) -> None:
    """End what ``up`` started; a NodeManager ends its containers."""
    end(options.dir.resolve())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("up")
    one.add_argument("dir", type=Path)
    one.add_argument("--version", default="3.4.2")
    one.add_argument("--jars", type=Path, help="folder of the jars; DIR/jars if not given")
    one.add_argument("--memory", type=int, default=8192, help="MiB of the one node")
    one.add_argument("--vcores", type=int, default=8)
    one.add_argument(
        "--keep", type=int, default=0, help="seconds that a finished container's directory stays"
    )
    one.add_argument("--no-aggregation", dest="aggregation", action="store_false")
    one.add_argument(
        "--also",
        action="append",
        default=[],
        choices=["historyserver", "httpfs"],
        help="start it, too",
    )
    one.add_argument("--no-yarn", action="store_true")
    one.add_argument(
        "--hide", action="append", default=[], help="path that containers shall not see (root only)"
    )
    one.set_defaults(call=up)
    two = commands.add_parser("down")
    two.add_argument("dir", type=Path)
    two.set_defaults(call=down)
    three = commands.add_parser("jars")
    three.add_argument("dir", type=Path)
    three.set_defaults(call=lambda options: jars(options.dir.resolve(), "3.4.2", httpfs=False))
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    main()

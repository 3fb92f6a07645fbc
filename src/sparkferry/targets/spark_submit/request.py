"""A call of spark-submit for a driver on this machine, as a value."""

import shlex
from collections.abc import Mapping, Sequence

from sparkferry.runtime.spec import Spec
from sparkferry.spark.submit import SubmitRequest
from sparkferry.targets.plan import Plan
from sparkferry.targets.spark_submit.conf import MAIN
from sparkferry.targets.spark_submit.places import Places

SHELL = "text/x-shellscript"


def driver_call(plan: Plan, places: Places, conf: Mapping[str, str]) -> SubmitRequest:
    """Return the spark-submit call of a plan with the Spark properties ``conf``; pure."""
    return SubmitRequest(
        master=places.master,
        name=plan.run_id,
        conf=dict(conf),
        main=str(places.environment / MAIN),
        args=("--spec", _spec(plan, places).to_json()),
        properties_file=str(places.properties_file) if places.properties_file else None,
    )


def shell_lines(argv: Sequence[str]) -> str:
    """Return ``argv`` as lines for a shell, each option with its value."""
    lines: list[str] = []
    for word in map(shlex.quote, argv):
        if lines and not word.startswith("--") and (len(lines) == 1 or _awaits(lines[-1])):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return " \\\n  ".join(lines) + "\n"


def typed(call: SubmitRequest) -> str:
    """Return a call as a person would type it, with what its environment must hold."""
    return shell_lines(("PYTHONHASHSEED=0", *call.argv("spark-submit")))


def _awaits(line: str) -> bool:
    """Return whether ``line`` is an option without its value."""
    return line.startswith("--") and " " not in line


def _spec(plan: Plan, places: Places) -> Spec:
    job = plan.job
    return Spec(
        run_id=plan.run_id,
        job=plan.job_name,
        tier=plan.tier,
        output=f"file://{places.output}" if places.output else plan.output,
        report=str(places.report),
        entry=job.entry,
        script=job.script,
        args=job.args,
        sets=plan.sets,
        config=job.config,
        argv=plan.argv,
        strict=plan.strict,
    )

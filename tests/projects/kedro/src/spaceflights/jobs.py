from pathlib import Path

from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession

ROOT = Path(__file__).parents[1]


def run(spark, *, pipeline: str, tables: str = "") -> dict:
    """Run one pipeline of the project; ``tables`` is where its tables are."""
    root = ROOT if (ROOT / "conf").is_dir() else ROOT.parent
    configure_project("spaceflights")
    given = {"tables": tables} if tables else {}
    conf = str(root / "conf")
    with KedroSession.create(root, conf_source=conf, runtime_params=given) as session:
        found = session.run(pipeline_names=[pipeline])
    return found["totals"].load() if "totals" in found else {}

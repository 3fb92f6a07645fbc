from kedro.pipeline import Pipeline, node

from spaceflights.nodes import preprocess, total


def register_pipelines() -> dict[str, Pipeline]:
    process = Pipeline([node(preprocess, ["companies", "params:rating"], "preprocessed")])
    report = Pipeline([node(total, "preprocessed", "totals")])
    return {"process": process, "report": report, "__default__": process + report}

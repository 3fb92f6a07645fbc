def look(_) -> list[tuple[str, str]]:
    from importlib.metadata import version

    import core

    return [(version("core"), core.MOTTO)]


def run(spark) -> dict:
    seen = spark.sparkContext.parallelize(range(2), 2).flatMap(look).collect()
    ((number, motto),) = set(seen) | set(look(None))
    return {"core": number, "motto": motto}

from etl.transform.clean import words


def count(lines) -> dict:
    pairs = lines.flatMap(words).map(lambda word: (word, 1))
    return dict(pairs.reduceByKey(lambda one, other: one + other).collect())

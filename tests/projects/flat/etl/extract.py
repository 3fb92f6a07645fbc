def lines() -> list[str]:
    return ["to be or not to be", "that is the question"]

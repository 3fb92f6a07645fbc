def words(line: str) -> list[str]:
    return line.lower().split()

def steps(floor: int, per_floor: int) -> int:
    return floor * per_floor

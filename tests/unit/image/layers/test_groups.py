from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sparkferry.image.layers.wheels import LIMIT, group


def named(sizes: list[int]) -> dict[str, int]:
    return {f"wheel-{number}": size for number, size in enumerate(sizes)}


SIZE = st.integers(0, 1 << 30)
FEW = st.lists(SIZE, max_size=LIMIT).map(named)
MANY = st.lists(SIZE, min_size=LIMIT + 2, max_size=50).map(named)
SIZES = FEW | MANY


@given(SIZES)
def test_every_wheel_is_in_one_of_a_few_groups(sizes: dict[str, int]) -> None:
    groups = group(sizes)
    assert sorted(name for names in groups for name in names) == sorted(sizes)
    assert len(groups) <= LIMIT
    assert all(groups)


@given(FEW)
def test_each_stands_alone_where_there_is_room(sizes: dict[str, int]) -> None:
    assert group(sizes) == tuple((name,) for name in sorted(sizes))


@given(MANY, st.randoms())
def test_the_order_does_not_matter(sizes: dict[str, int], random: Random) -> None:
    shuffled = list(sizes.items())
    random.shuffle(shuffled)
    assert group(dict(shuffled)) == group(sizes)


@given(MANY, st.data())
def test_a_wheel_that_grows_a_little_stays_where_it_is(sizes: dict[str, int], data) -> None:
    name = data.draw(st.sampled_from(sorted(sizes)))
    bits = sizes[name].bit_length()
    size = data.draw(st.integers(1 << bits >> 1, (1 << bits) - 1))
    assert group({**sizes, name: size}) == group(sizes)


@given(MANY, st.integers(0, 1 << 20))
def test_a_new_small_wheel_changes_one_group(sizes: dict[str, int], number: int) -> None:
    new = f"new-{number}"
    grown = {name: max(size, 1) for name, size in sizes.items()}
    before, after = group(grown), group({**grown, new: 0})
    changed = set(after) - set(before)
    assert len(changed) == 1
    assert new in changed.pop()


def test_the_largest_stand_alone() -> None:
    sizes = {f"small{number}": 1_000 + number for number in range(40)}
    groups = group({**sizes, "huge": 60_000_000})
    assert ("huge",) in groups

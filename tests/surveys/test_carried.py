"""What an answer carries of who gave it is never a small group, however people are invited."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as some

from surveys import carried
from surveys.schedule import SMALLEST_GROUP

_SOMEBODY = some.tuples(
    some.sampled_from([None, "a", "b", "c"]),
    some.sampled_from([None, "x", "y"]),
    some.sampled_from([None, "k", "l"]),
)


@settings(max_examples=100)
@given(some.lists(some.lists(_SOMEBODY, max_size=25), min_size=1, max_size=3))
def test_no_carried_group_is_small(stages: list[list[carried.Group]]) -> None:
    issued: list[carried.Group] = []
    for stage in stages:
        shown = carried.groups(stage, issued)
        issued += [shown[one] for one in stage]
        sizes = Counter(issued)
        assert len(sizes) <= 1 or min(sizes.values()) >= SMALLEST_GROUP
        for one, group in shown.items():
            assert group in (one, (*one[:2], None), (one[0], None, None), (None, None, None))

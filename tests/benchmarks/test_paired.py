"""The stop-watch of the benchmarks, on work whose length is known."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from paired import Ratio, compare, from_pairs  # noqa: E402


def test_a_ratio_says_how_many_times_faster_ours_is():
    ratio = compare("short", "long", lambda: time.sleep(0.02), lambda: time.sleep(0.2), repeats=3)
    assert (
        ratio.low <= ratio.ratio <= ratio.high and 3 < ratio.ratio < 10.5
    )  # a sleep takes a little longer than asked


def test_the_median_counts_and_the_extremes_are_told():
    ratio = from_pairs("a", "b", [(1, 2), (1, 9), (2, 6)])
    assert ratio == Ratio("a", "b", 3, 2, 9, 3)
    assert str(ratio) == "a: 3 times b (2–9, 3 repeats)"


def test_work_too_quick_to_be_timed_is_repeated():
    calls = []
    compare(
        "quick", "slow", lambda: calls.append(1), lambda: time.sleep(0.001), repeats=2, times=10
    )
    assert len(calls) == 21  # and once to warm up

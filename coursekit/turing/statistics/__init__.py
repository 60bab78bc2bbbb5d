"""What the votes say, and how surely.

The fooling rate is the share of test pairs in which the fake was taken for real; at 50 % nobody can
tell. Votes of one participant hang together, for some people see better than others, so an interval
must count participants, not only trials: `fooling_interval` does, and `wilson` beside it does not.
So do votes of one room of several, in a study that `rooms.merge` made: see `ROOMS`.
"""

from .estimates import ROOMS, Difference, Rate, caveat, compare, learning, rates, side_bias
from .intervals import bootstrap, difference_interval, fooling_interval, wilson
from .planning import trials_needed
from .votes import VIGILANT, counts, reaction_times, rooms, vigilant

__all__ = [
    "VIGILANT",
    "Difference",
    "ROOMS",
    "Rate",
    "bootstrap",
    "caveat",
    "compare",
    "counts",
    "difference_interval",
    "fooling_interval",
    "learning",
    "rates",
    "reaction_times",
    "rooms",
    "side_bias",
    "trials_needed",
    "vigilant",
    "wilson",
]

"""What was handed on is found; what everybody writes is not."""

import pytest
from small_assignment import NAME

likeness = pytest.importorskip("coursekit.teach.class_report.likeness")

WORDS = (
    "Rare colours are the vivid ones, so when each pixel counts as much as its colour is rare, "
    "{0} has to get the reds and blues right, which it could ignore before, and it paints {1}."
)
OWN = [
    "A plain loss is the mean over pixels and most of these are nearly grey, hence grey pays.",
    "Because of the prior! Dividing by it makes the tail of the distribution matter again, and the "
    "tail is where saturated colour lives, at least in photos of the outside.",
    "The optimum of cross-entropy follows the frequencies. Change frequencies, change optimum: "
    "with the weights the network behaves as if balloons were as common as walls.",
    "weights up -> gradients up for vivid pixels -> more vivid output. It may overdo it, as seen "
    "in section 5.4, where skies became violet.",
]


@pytest.fixture
def crowd(submit):
    return [submit(f"s{at}", why=text) for at, text in enumerate(OWN)]


def named(pairs):
    return [{pair.one.student, pair.other.student} for pair in pairs]


def test_an_answer_that_was_handed_on_with_a_few_words_changed_is_found(crowd, submit, released):
    anna = submit("anna", why=WORDS.format("the network", "vividly"))
    bo = submit("bo", why=WORDS.format("a net", "more vividly"))
    (pair,) = likeness.pairs([*crowd, anna, bo], released[NAME])
    assert {pair.one.student, pair.other.student} == {"anna", "bo"} and 0.8 < pair.likeness < 1


def test_code_that_was_handed_on_is_found_and_shown(crowd, submit, released):
    code = (
        "np.tensordot(rgb, weights_of_luma, axes=1) + 0 * len(str(rgb.shape))"
        "\n\n# I turned this round twice until the shapes were right, see my drawing on page four"
    )
    pair = [submit("anna", luma=code, why="a"), submit("bo", luma=code + "\n", why="b")]
    (found,) = likeness.pairs([*crowd, *pair], released[NAME])
    assert {found.one.student, found.other.student} == {"anna", "bo"}
    assert any("my drawing on page four" in line for line in found.shared)


def test_books_of_letters_are_compared_as_far_as_a_student_writes(submit, released, monkeypatch):
    monkeypatch.setattr(likeness, "LONGEST", 200)
    compared = []

    def cdist(one, other, scorer):
        compared.extend(map(len, one))
        return likeness.np.full((len(one), len(other)), 100.0)

    monkeypatch.setattr(likeness.process, "cdist", cdist)
    book = "A line that is as long as a book. " * 1000
    (pair,) = likeness.pairs([submit("anna", why=book), submit("bo", why=book)], released[NAME])
    assert max(compared) == 200 and max(map(len, pair.shared)) == likeness.LONGEST_LINE


def test_a_right_answer_that_all_have_makes_nobody_alike(submit, released):
    same = [submit(f"s{at}", why="Rare is vivid.") for at in range(12)]
    assert likeness.pairs(same, released[NAME]) == []


def test_two_versions_of_one_student_are_no_pair(crowd, submit, released):
    versions = [submit("anna", why=WORDS.format("a net", at)) for at in (1, 2)]
    assert likeness.pairs([*crowd, *versions], released[NAME]) == []


def test_untouched_releases_and_a_class_of_one_are_no_pair(submit, released):
    assert likeness.pairs([submit("anna")], released[NAME]) == []
    assert likeness.pairs([], released[NAME]) == []

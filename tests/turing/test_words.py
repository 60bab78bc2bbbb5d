"""What participants read."""

import re
from pathlib import Path

from matplotlib import pyplot as plt

from coursekit import turing
from coursekit.turing import figures, words
from coursekit.turing.plain import PlainPair
from coursekit.turing.session import Feedback, Result
from coursekit.turing.widget import Pair


def text(markup):
    return " ".join(re.sub("<[^>]+>", " ", markup).split())


def test_the_instructions_follow_the_protocol():
    said = text(words.instructions(turing.Protocol(exposure=0.4, practice=3, trials=7)))
    assert "10 pairs" in said and "After 0.4 seconds they are hidden" in said
    assert "practice, with 3 pairs" in said
    said = text(words.instructions(turing.Protocol(exposure=None, practice=0)))
    assert "They stay until you answer" in said and "practice" not in said


def test_practice_is_counted_apart():
    protocol = turing.Protocol(practice=2, trials=5)
    said = [words.part(protocol, number) for number in (1, 2, 3, 7)]
    assert said == ["Practice pair 1 of 2", "Practice pair 2 of 2", "Pair 1 of 5", "Pair 5 of 5"]


def test_feedback_names_the_side_of_the_fake():
    assert words.verdict(Feedback(True, "left")).startswith("Correct: the left one")
    assert words.verdict(Feedback(False, "right")).startswith("Not so: the right one")


def test_thanks_show_the_own_rate_beside_the_others_and_hold_no_style():
    result = Result(3, 12, 0.25, 1, 2, 0.5, 1, 1, 2)
    markup = words.thanks(result, "BCDFGHJK", "load the page again")
    said = text(markup)
    assert "you 25% (3 of 12 pairs)" in said and "the others 50% (1 person, 2 pairs)" in said
    assert "you found 1 of 2" in said and "BCDF GHJK" in said
    assert re.findall("value='([^']*)'", markup) == ["0.2500", "0.5000", "0.5000"]
    assert "style" not in markup  # the policy of the class's page forbids it


def test_thanks_before_any_vote_show_only_what_guessing_gives():
    result = Result(0, 0, None, 0, 0, None, 0, 0, 0)
    said = text(words.thanks(result, "BCDFGHJK", "load the page again"))
    assert "pure guessing 50%" in said and "you" not in re.findall("[a-z]+ [0-9]+%", said)


def test_page_widget_paper_and_figures_ask_one_and_the_same_question(experiment, store):
    pair = turing.Session.start(experiment, store, seed=0).current
    drawn = {
        "pair": figures.pair(pair.left, pair.right),
        "steps": figures.steps(pair.left, pair.right, "told", experiment.protocol),
        "sheet": figures.sheet([(1, pair.left, pair.right)], "sheet 0, page 1"),
    }
    for name, figure in drawn.items():
        said = [found.get_text() for found in figure.findobj(plt.Text)]
        questions = [line for line in said if "?" in line]
        assert len(questions) == 1 and questions[0].endswith(words.QUESTION), name
    plt.close("all")
    assert text(words.instructions(turing.Protocol())).count("?") == 1
    assert Pair().question == PlainPair(words.QUESTION)._question == words.QUESTION
    # The server fills the question in; a page that holds one of its own may ask the opposite.
    pages = Path(words.__file__).parent / "server/pages"
    written = {path.name: text(path.read_text(encoding="utf-8")) for path in pages.glob("*.html")}
    asked = {name: re.findall(r"[^.>?]*\?", said) for name, said in written.items()}
    assert "{{ question }}" in (pages / "take.html").read_text(encoding="utf-8")
    assert not any(
        word in each
        for found in asked.values()
        for each in found
        for word in ("real", "true", "computer", "colours")
    )

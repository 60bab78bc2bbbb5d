"""Questions and answers are kept for the page, and nothing in them can run."""

import pytest
from small_assignment import NAME

from .conftest import PNG, entry, source

collecting = pytest.importorskip("coursekit.teach.marking.collecting")
answers = pytest.importorskip("coursekit.teach.marking.answers")
manual_scores = pytest.importorskip("coursekit.teach.manual_scores")


def test_a_question_has_its_rubric_and_model_answer(graded):
    ((question,), _) = answers.read(graded)
    assert question.rubric == [(10, "says why rare is vivid"), (5, "names loss")]
    assert (question.name, question.of) == ("a0-why-answer", 15)
    assert "paint more vividly?" in question.asked and "points" not in question.asked
    assert "the weights make them count" in question.model


def test_without_a_rubric_that_adds_up_the_whole_answer_is_one_line(tmp_path):
    notebook = source()
    for cell in notebook.cells:
        cell.source = cell.source.replace("| 10 |", "| 9 |")
    found = [entry("anna", "Rare.")]
    manual_scores.apply(found, tmp_path)
    collecting.write(found, {NAME: notebook}, tmp_path)
    assert answers.read(tmp_path)[0][0].rubric == [(15, "the whole answer")]


def test_markdown_of_a_student_is_shown_and_its_tags_are_text(graded):
    shown = {answer.student: answer.html for answer in answers.read(graded)[1]}
    assert "<strong>are</strong>" in shown["anna"]
    assert "<script" not in shown["bo"] and "&lt;script&gt;" in shown["bo"]
    assert "<img" not in shown["bo"] and "javascript:" not in shown["cleo"]
    assert f'<img src="data:image/png;base64,{PNG}"' in shown["cleo"]
    assert "<b>no</b>" not in shown["cleo"]


def test_neither_ids_nor_order_say_whose_an_answer_is(graded):
    _, found = answers.read(graded)
    assert [answer.id for answer in found] == sorted(answer.id for answer in found)
    assert not any(answer.student in answer.id for answer in found)


def test_where_nothing_was_graded_the_way_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `coursekit grade SUBMISSIONS` first"):
        answers.read(tmp_path)

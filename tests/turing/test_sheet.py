import dataclasses
import json

import pytest

from coursekit.turing import StoreError, TuringError, VoteError, plan, sheet


@pytest.fixture(scope="module")
def made(experiment, tmp_path_factory):
    """The PDF and the key of a sheet of 12 pairs."""
    return sheet.make(experiment, tmp_path_factory.mktemp("sheets"), pairs=12, seed=4)


def right_answers(experiment):
    on_paper = dataclasses.replace(experiment.protocol, practice=0, trials=12, exposure=None)
    trials = plan(experiment.photos, experiment.colorizers, on_paper, seed=4)
    return trials, "".join("R" if trial.real == "left" else "L" for trial in trials)


def test_a_sheet_is_a_pdf_of_ten_pairs_a_page_and_a_key(made):
    printed, key = made
    content = printed.read_bytes()
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page ") == 2
    assert (printed.name, key.name) == ("sheet-4.pdf", "sheet-4.key")


def test_the_same_seed_makes_the_same_sheet(experiment, made, tmp_path):
    again = sheet.make(experiment, tmp_path / "again", pairs=12, seed=4)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in made]


def test_neither_the_sheet_nor_the_key_can_be_read_by_accident(experiment, made):
    for path in made:
        content = path.read_bytes()
        assert not any(
            name.encode() in content
            for name in ("left", "right", "photo 1", *experiment.colorizers)
        )


def test_answers_become_the_votes_of_a_new_participant_all_of_the_test(experiment, made, store):
    trials, right = right_answers(experiment)
    code = sheet.record(right, made[1], store)
    wrong = right.translate(str.maketrans("LR", "RL")).lower()
    sheet.record(" ".join(wrong[:6]) + ", " + wrong[6:], made[1], store)
    first, second = store.votes()[:12], store.votes()[12:]
    assert {vote["participant"] for vote in first} == {code} and not any(
        vote["fooled"] for vote in first
    )
    assert all(vote["fooled"] for vote in second)
    assert {vote["kind"] for vote in first} == {"test", "vigilance"} and {
        vote["seconds"] for vote in first
    } == {None}
    assert [vote["photo"] for vote in first] == [trial.photo for trial in trials]


def test_a_pair_without_an_answer_is_left_out(experiment, made, store):
    _, right = right_answers(experiment)
    code = sheet.record("-" + right[1:11] + "–", made[1], store)
    assert [vote["number"] for vote in store.votes()] == list(range(2, 12))
    assert store.participants()[0] == {"participant": code, "voted": 10, "total": 10, "seed": 4}


@pytest.mark.parametrize(
    "answers, message",
    [
        ("LRLRLRLRLRL", "11 answers to 12 pairs; write - for a pair without an answer"),
        ("LRLRLRLRLRLRL", "13 answers"),
        ("LRLRX", "answer 5 is 'X'; write L, R, or - for none"),
        ("-" * 12, "no answer at all"),
        ("", "0 answers"),
    ],
)
def test_answers_that_cannot_be_are_refused_and_nothing_is_recorded(made, store, answers, message):
    with pytest.raises(VoteError, match=message):
        sheet.record(answers, made[1], store)
    assert store.participants() == []


def test_a_damaged_key_is_named(made, store, tmp_path):
    text = made[1].read_text(encoding="utf-8")
    key = tmp_path / "broken.key"
    for content in (text[:-30], text.splitlines()[0], json.dumps({"seed": 4}), ""):
        key.write_text(content, encoding="utf-8")
        with pytest.raises(TuringError, match="broken.key: not the key of a sheet, or damaged"):
            sheet.record("LR" * 6, key, store)
    assert store.participants() == []


def test_a_sheet_of_another_experiment_does_not_mix_into_the_votes(made, store, experiment):
    store.begin("other experiment", plan(experiment.photos, ["dull"], experiment.protocol, 0), 0)
    with pytest.raises(StoreError, match="votes of another experiment"):
        sheet.record("LR" * 6, made[1], store)


def test_a_sheet_needs_as_many_photos_as_pairs(experiment, tmp_path):
    with pytest.raises(TuringError, match="14 photos for 0 practice pairs and 30 more"):
        sheet.make(experiment, tmp_path, pairs=30)

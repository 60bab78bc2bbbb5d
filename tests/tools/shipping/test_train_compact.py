"""The training of the compact classifier, on a few drawn scenes, and what its card says."""

import json
import sys

import numpy as np
import pytest

from coursekit import color, datasets, photos, weights
from coursekit.datasets import scenes
from coursekit.embeddings import compact
from coursekit.networks import resnet
from coursekit.tools.shipping import train_compact


def test_the_card_says_what_the_facts_say():
    assert compact.FACTS.with_suffix(".md").read_text(encoding="utf-8") == train_compact.card(
        compact.facts()
    )


@pytest.mark.parametrize("name", train_compact.SHARES)
def test_the_card_is_right_about_held_back_photos(name, real, monkeypatch):
    """A sample of them, where the photos are there."""
    if name == "scenes":
        drawn = scenes.draw(300, 64, seed=train_compact.SCENES["val"][1])
        rgb, labels, names = drawn.rgb, drawn.labels, [f"drawn {kind}" for kind in scenes.KINDS]
    else:
        monkeypatch.setenv("COURSEKIT_DATA", str(real(name)))
        rgb, labels, names = datasets.load(
            name, "val", train_compact.SIDE.get(name, 64), limit=200, progress=False
        )
    truth = [
        train_compact.SAME.get(names[label], names[label]).replace("_", " ") for label in labels
    ]
    L = color.split(rgb)[0]
    guess = compact.classifier().predict_on_batch(compact.prepare(L)).argmax(axis=1)
    right = np.mean([compact.classes()[i] == kind for i, kind in zip(guess, truth, strict=True)])
    claimed = compact.facts()["sources"][name]["right"][str(train_compact.SIDE.get(name, 64))]
    assert right == pytest.approx(
        claimed, abs=0.12
    )  # three standard errors, and another way to resize


@pytest.fixture
def short(monkeypatch):
    """The training script on a few scenes, two epochs of two batches."""
    for name, value in {
        "SHARES": {"scenes": 1.0},
        "SCENES": {"train": (12, 1), "val": (12, 2)},
        "EPOCHS": 2,
        "STEPS": 2,
        "BATCH": 6,
        "KEPT": 64,
    }.items():
        monkeypatch.setattr(train_compact, name, value)
    monkeypatch.setattr(resnet, "STAGES", ((8, 1),))


def test_the_training_script_writes_weights_that_load_facts_and_a_card(
    short, tmp_path, monkeypatch, capsys
):
    for name in ("WEIGHTS", "FACTS"):
        monkeypatch.setattr(compact, name, tmp_path / getattr(compact, name).name)
    monkeypatch.setattr(sys, "argv", ["train_compact", "--folder", str(tmp_path / "run")])
    train_compact.main()
    facts = json.loads(compact.FACTS.read_text())
    model = compact.network(len(facts["classes"]))
    weights.load(model, compact.WEIGHTS, facts["sha256"])
    assert facts["classes"] == [f"drawn {kind}" for kind in scenes.KINDS]
    assert set(facts["accuracy"]) == set(facts["classes"])
    assert "| drawn meadow | 2 |" in (tmp_path / "compact.md").read_text()


def test_training_that_was_cut_off_goes_on_after_the_last_finished_epoch(
    short, killed, tmp_path, capsys
):
    with killed():
        train_compact.train(tmp_path)
    assert "epoch 1/2" in capsys.readouterr().out
    train_compact.train(tmp_path)
    said = capsys.readouterr().out
    assert "epoch 2/2" in said and "epoch 1/2" not in said


def test_views_are_scaled_photos_of_the_wanted_size():
    rng = np.random.default_rng(0)
    plane = photos.resize(scenes.draw(1, 64).rgb[0], 128, 128)[..., 0]
    for size in (32, 48, 64):
        seen = np.stack([train_compact.view(plane, size, rng) for _ in range(20)])
        assert seen.shape == (20, size, size) and seen.dtype == np.float32
        assert seen.min() >= -1 and seen.max() <= 1 and seen.std(axis=0).mean() > 0.05

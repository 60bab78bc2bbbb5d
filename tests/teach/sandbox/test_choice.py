"""The best box that there is, or the reasons why there is none."""

import pytest

choice = pytest.importorskip("coursekit.teach.sandbox.choice")


def test_without_any_box_the_reasons_and_the_way_out_are_told(monkeypatch):
    for room in (choice.bubblewrap, choice.container):
        monkeypatch.setattr(room, "missing", lambda: "not here")
    with pytest.raises(
        choice.NoBox, match="(?s)bubblewrap: not here.*container: not here.*--trust"
    ):
        choice.choose()
    assert not choice.choose(trust=True).walls
    monkeypatch.setattr(choice.container, "missing", lambda: None)
    assert choice.choose(trust=True).name == "container"

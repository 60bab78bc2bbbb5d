"""Tables are opened in spreadsheets, which compute; some cells were written by students."""

import pytest

tables = pytest.importorskip("coursekit.teach.tables")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "=\n1"])
def test_what_looks_like_a_formula_is_written_as_text_and_read_as_it_was(text, tmp_path):
    tables.write(tmp_path / "t.csv", [["student", "comment"], [text, "a\nb"]])
    written = (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert f"'{text.lstrip()[0]}" in written or "'\t=1" in written
    assert tables.read(tmp_path / "t.csv")[1] == [{"student": text, "comment": "a\nb"}]


@pytest.mark.parametrize("text", ["-", "-1.5", "+3", "1e-5", "-1e5", "'s Gravenhage", "a=b", ""])
def test_numbers_signs_and_words_stay_as_they_are(text, tmp_path):
    tables.write(tmp_path / "t.csv", [["cell", "x"], [text, "x"]], mark=False)
    assert (tmp_path / "t.csv").read_text() == f"cell,x\n{text},x\n"
    assert tables.read(tmp_path / "t.csv")[1] == [{"cell": text, "x": "x"}]


def test_a_name_cannot_steer_a_terminal_nor_turn_a_line_round(tmp_path):
    tables.write(tmp_path / "t.csv", [["\x1b[2Janna", "\u202eanna"]])
    written = (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert written == "\\x1b[2Janna,\\u202eanna\n"

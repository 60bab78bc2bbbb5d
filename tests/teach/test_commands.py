"""What an instructor types reaches what does it."""

import socket

import pytest

from coursekit import cli

grade = pytest.importorskip("coursekit.teach.grade")
app = pytest.importorskip("coursekit.teach.marking.app")


def test_a_roster_is_read_before_anything_is_graded(monkeypatch, tmp_path, capsys):
    given = []
    monkeypatch.setattr(grade, "grade", lambda *arguments: given.append(arguments) or 0)
    people = tmp_path / "class.csv"
    people.write_text("name,id\nAnna Smith,s1\n")
    # Without walls, so that none is looked for.
    trusted = ["--trust"] if "--trust" in help_of("grade", capsys) else []
    assert cli.main(["grade", str(tmp_path), "--roster", str(people), *trusted]) == 0
    rosters = [each for each in given[0] if hasattr(each, "people")]
    assert [person.name for person in rosters[0].people] == ["Anna Smith"]


def test_a_roster_without_a_student_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(grade, "grade", lambda *_: pytest.fail("nothing must be graded"))
    (tmp_path / "class.csv").write_text("colour\nred\n")
    trusted = ["--trust"] if "--trust" in help_of("grade", capsys) else []
    assert cli.main(["grade", "x", "--roster", str(tmp_path / "class.csv"), *trusted]) == 1
    assert "no student in it" in capsys.readouterr().err


def test_ctrl_c_while_tables_are_written_is_no_traceback(monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(grade, "grade", stopped)
    assert cli.main(["grade", "x", "--trust"]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_marking_before_grading_says_what_comes_first(tmp_path, capsys):
    assert cli.main(["mark", "-o", str(tmp_path)]) == 1
    assert "run `coursekit grade SUBMISSIONS` first" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(tmp_path, monkeypatch, capsys):
    class Nothing:
        questions = ["one"]

    monkeypatch.setattr(app, "Desk", lambda out: Nothing())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.main(["mark", "-o", str(tmp_path), "--port", port]) == 1
    assert f"cannot listen on port {port}" in capsys.readouterr().err


def help_of(command, capsys):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    return capsys.readouterr().out

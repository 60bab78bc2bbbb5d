"""The report's tables and page."""

import csv
import re

import pytest
from bs4 import BeautifulSoup
from small_assignment import NAME, source_notebook

class_report = pytest.importorskip("coursekit.teach.class_report")


@pytest.fixture
def report(submit, released, tmp_path):
    wrong = {"a0-1-tests": "✗ A0.1: not yet (plain <i>mean</i>). Wrong."}
    entries = [
        submit("anna"),
        submit("bo", points=(0, 45, 7.5), said=wrong),
        submit("cleo", points=(0, 0, None), said=wrong, notes=["cell 3 <b> was stopped"]),
        submit("dan", failure="its kernel ended"),
    ]
    class_report.write(entries, {NAME: source_notebook()}, {NAME: released[NAME]}, tmp_path)
    return tmp_path


def table(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))[1:]


def test_mean_and_spread_are_those_of_graded_submissions(report):
    rows = table(report / "tasks.csv")
    # Standard deviations of (40, 0, 0), (45, 45, 0) and (15, 7.5), by Python's statistics.stdev.
    assert [row[1:2] + row[3:] for row in rows] == [
        ["a0-1-tests", "40", "3", "13.33", "23.09", "1", "2"],
        ["a0-2-tests", "45", "3", "30.00", "25.98", "2", "1"],
        ["a0-why-answer", "15", "2", "11.25", "5.30", "1", "0"],
    ]


def test_misconceptions_stand_in_a_table(report):
    assert table(report / "misconceptions.csv") == [[NAME, "a0-1-tests", "plain <i>mean</i>", "2"]]


def test_the_page_tells_the_same_and_runs_nothing(report):
    text = (report / "report.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    assert "default-src 'none'" in page.find("meta", attrs={"http-equiv": True})["content"]
    assert not page.find_all(["script", "i", "b"])
    words = page.get_text(" ")
    for said in ("4 submissions, 3 graded, 2 finished", "plain <i>mean</i>", "cell 3 <b> was"):
        assert said in words
    assert "not graded: its kernel ended" in words
    # Finished ones: 100 and 52.5.
    assert "76.2 ± 33.6 of 100" in words


def test_figures_have_words_for_who_cannot_see_them(report):
    page = BeautifulSoup((report / "report.html").read_text(encoding="utf-8"), "html.parser")
    images = page.find_all("img")
    assert images and all(len(image["alt"]) > 20 for image in images)
    assert re.search("a0-1-tests: 13.33 of 40", images[0]["alt"])

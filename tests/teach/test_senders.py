"""What the name of a file or folder says of a person."""

import pytest

senders = pytest.importorskip("coursekit.teach.senders")

ASSIGNMENTS = {"a1_lab": "Assignment 1: Lab", "a2_beta": "Assignment 2: a network"}


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("anna_a1_lab.ipynb", "anna"),
        ("a1_lab_anna.ipynb", "anna"),
        ("a1_anna-maria.ipynb", "anna-maria"),
        ("anna A1 (2).ipynb", "anna"),
        ("anna_a1_lab - Copy.ipynb", "anna"),
        ("a1_lab.ipynb", None),
        ("a1_lab (1).ipynb", None),
        ("a1_lab-2.ipynb", None),
        ("Zoë_a1.ipynb.txt", "Zoë"),
        ("a12.ipynb", "a12"),
        ("Assignment 1_ Lab", None),
        ("Assignment 1", None),
        ("Assignment 1_ Lab-20260115T101010Z-3-001.zip", None),
        ("submitted", None),
        ("2026-01-15 anna a1.ipynb", "anna"),
        ("anna.smith@uni.example_a1.ipynb", "anna.smith@uni.example"),
        ("Übung 1 - Jörg Weiß.ipynb", "Jörg Weiß"),
        # Names that hold what a platform might add.
        ("Copia Delgado", "Copia Delgado"),
        ("Anna Lab", "Anna Lab"),
        ("Late Okoro", "Late Okoro"),
    ],
)
def test_what_is_no_name_is_taken_off(part, name):
    assert senders.read(part, ASSIGNMENTS).name == name


def test_a_late_mark_and_numbers_are_told_apart_from_the_name():
    sender = senders.read("smithanna_LATE_12345_678_a1_lab-1.ipynb", ASSIGNMENTS)
    assert sender == ("smithanna", "12345", "canvas", True)
    sender = senders.read("Anna Smith_123_assignsubmission_file_", ASSIGNMENTS)
    assert sender == ("Anna Smith", "123", "moodle", False)


def test_a_name_that_is_not_utf_8_can_be_shown_and_written():
    assert senders.readable(b"Zo\xeb".decode("utf-8", "surrogateescape")) == "Zoë"


def test_a_name_longer_than_any_system_allows_is_cut_in_its_middle():
    """A zip can hold one of 65,535 letters, at which patterns would look for minutes."""
    sender = senders.read("Anna Smith" + "_" * 60_000 + "_a1_lab.ipynb", ASSIGNMENTS)
    assert sender.name.startswith("Anna Smith") and "ipynb" not in sender.name
    assert len(sender.name) < 256


def test_macos_and_others_write_an_umlaut_in_two_ways():
    assert senders.readable("Jo\u0308rg") == "Jörg"

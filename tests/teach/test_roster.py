"""A class as teachers and platforms write it; whom a name means."""

import pytest

roster = pytest.importorskip("coursekit.teach.roster")
senders = pytest.importorskip("coursekit.teach.senders")

OWN = "name,id,email\nAnna Smith,s1,anna@uni.example\nBo Jones,s2,bo@uni.example\n"
# An export that canvas2nbgrader publishes with its tests, made anonymous there.
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Computer lab: Basic Python (23769),"
    "Current Score\n"
    '    Points Possible,,,,,"0,0",(läs endast)\n'
    '"Sinclair, Lord Brett",12345,brettid,sinclair@gmail.com,Section for the course,,\n'
    '"Craig, Danny",67890,dannyid,craig@gmail.com,Section for the course,,\n'
    '"Student, Test",1,,,Section for the course,,\n'
)
# The example in Moodle's own tests of its import.
MOODLE = (
    '"First name",Surname,"ID number",Institution,Department,"Email address",'
    '"Assignment: Assignment for grape group", "Feedback: Assignment for grape group",'
    '"Assignment: Second new grade item","Course total"\n'
    'Anne,Able,,"Moodle HQ","Rock on!",student7@example.com,56.00,"We welcome feedback",,56.00\n'
    'Bobby,Bunce,,"Moodle HQ","Rock on!",student5@example.com,75.00,,45.0,75.00\n'
)
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 8880001","Aroha Example",aexample@example.edu,"Submitted for grading - ",,'
    "100.00,Yes,-,-,\n"
)


def read(text, tmp_path):
    path = tmp_path / "class.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return roster.read(path)


def find(people, *parts):
    found = people.find(senders.read(part, {"a1_lab": "Assignment 1: Lab"}) for part in parts)
    return found and found.name


@pytest.mark.parametrize(
    ("text", "people", "platform"),
    [
        (OWN, ["Anna Smith", "Bo Jones"], None),
        (OWN.replace(",", ";"), ["Anna Smith", "Bo Jones"], None),
        ("\ufeff" + OWN, ["Anna Smith", "Bo Jones"], None),
        ("Vorname;Nachname\nZoë;Ångström\n".encode("cp1252"), ["Zoë Ångström"], None),
        ("id,first_name,last_name,email\nbitdiddle,Ben,Bitdiddle,\n", ["Ben Bitdiddle"], None),
        (CANVAS, ["Lord Brett Sinclair", "Danny Craig"], "canvas"),
        (MOODLE, ["Anne Able", "Bobby Bunce"], "moodle"),
        (WORKSHEET, ["Aroha Example"], "moodle"),
    ],
)
def test_a_class_is_read_as_it_was_exported(text, people, platform, tmp_path):
    found = read(text, tmp_path)
    assert [person.name for person in found.people] == people and found.platform == platform


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["smithanna_12345_678_a1_lab.ipynb"], "Anna Smith"),
        (["Smith, Anna", "a1_lab.ipynb"], "Anna Smith"),
        (["s1_a1_lab.ipynb"], "Anna Smith"),
        (["homework_s1234567_ANNA smith_a1.ipynb"], "Anna Smith"),
        (["anna@uni.example_a1.ipynb"], "Anna Smith"),
        (["tutor kim", "Bo Jones", "a1.ipynb"], "Bo Jones"),
        (["Bo", "a1.ipynb"], "Bo Jones"),  # the part of the address before the @
        (["Cleo", "a1.ipynb"], None),
    ],
)
def test_a_person_is_known_by_name_number_or_address(parts, name, tmp_path):
    assert find(read(OWN, tmp_path), *parts) == name


def test_canvas_own_number_decides(tmp_path):
    assert find(read(CANVAS, tmp_path), "x_67890_1_a1.ipynb") == "Danny Craig"


def test_a_participant_of_moodle_is_known_by_the_worksheet_number(tmp_path):
    part = "Participant_8880001_assignsubmission_file_"
    assert find(read(WORKSHEET, tmp_path), part) == "Aroha Example"


def test_two_of_one_name_are_not_guessed(tmp_path):
    people = read("name,id\nAnna Smith,1001\nAnna Smith,1002\n", tmp_path)
    assert find(people, "Anna Smith") is None and find(people, "1002_a1.ipynb") == "Anna Smith"


def test_the_nearest_name_is_offered(tmp_path):
    people = read(OWN, tmp_path)
    assert people.nearest("Ana Smyth") == "Anna Smith" and people.nearest("Xu") is None


def test_a_table_without_anybody_says_what_is_wanted(tmp_path):
    with pytest.raises(ValueError, match="class.csv: no student .* name, id and email"):
        read("colour\nred\n", tmp_path)

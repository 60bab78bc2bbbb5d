"""Forty ways in which platforms, browsers and people deliver a class.

Each is a tree of files: its path → "a0" or "b0", a solved small assignment, or bytes; a path with
".zip/" in it is packed so, zips in zips too. Beside it the students that it holds, each with the
assignments that count as theirs, and words of problems, by student.
"""

A, B = "a0", "b0"
ANNA = {"anna": "a"}


def moodle(name, number, file="a0_greys.ipynb", kind="file"):
    return f"{name}_{number}_assignsubmission_{kind}_/{file}"


# name: (files, students → assignments, problems by student)
LAYOUTS = {
    # Canvas
    "canvas": ({"smithanna_12345_678_a0_greys.ipynb": A}, {"smithanna": "a"}, {}),
    "canvas, late and sent again": (
        {"smithanna_LATE_12345_678_a0_greys-1.ipynb": A},
        {"smithanna": "a"},
        {},
    ),
    "canvas, two assignments": (
        {
            "smithanna_12345_678_a0_greys.ipynb": A,
            "smithanna_LATE_12345_912_Copy of b0_judges-2.ipynb": B,
        },
        {"smithanna": "ab"},
        {},
    ),
    "canvas, two people of one name": (
        {"smithanna_11_678_a0_greys.ipynb": A, "smithanna_12_679_a0_greys.ipynb": A},
        {"smithanna (11)": "a", "smithanna (12)": "a"},
        {},
    ),
    "canvas, anonymous": (
        {"anon_Xy3ab_678_a0_greys.ipynb": A, "LATE_anon_Qw9zz_679_a0_greys.ipynb": A},
        {"anon (Xy3ab)": "a", "anon (Qw9zz)": "a"},
        {},
    ),
    "canvas, a class's zip": (
        {
            "submissions.zip/smithanna_12345_678_a0_greys.ipynb": A,
            "submissions.zip/jonesbo_LATE_12346_680_a0_greys.ipynb": A,
        },
        {"smithanna": "a", "jonesbo": "a"},
        {},
    ),
    "canvas, a student's zip in the class's": (
        {"submissions.zip/smithanna_12345_678_homework.zip/a0_greys.ipynb": A},
        {"smithanna": "a"},
        {},
    ),
    "canvas, a photo beside the notebook": (
        {"smithanna_12345_678_a0_greys.ipynb": A, "smithanna_12345_679_photo.png": b"\x89PNG"},
        {"smithanna": "a"},
        {},
    ),
    "canvas, another assignment as a document": (
        {
            "smithanna_12345_678_a0_greys.ipynb": A,
            "smithanna_12345_679_b0_judges.docx": b"PK\x03\x04",
        },
        {"smithanna": "a"},
        {"smithanna": "not a notebook but .docx"},
    ),
    "canvas, another student's document in the class's zip": (
        {
            "submissions.zip/smithanna_12345_678_a0_greys.ipynb": A,
            "submissions.zip/jonesbo_12346_680_report.docx": b"PK\x03\x04",
        },
        {"smithanna": "a"},
        {"jonesbo": "not a notebook but .docx"},
    ),
    "canvas, a zip of all that a computer holds": (
        {
            "smithanna_12345_678_work.zip/lab/a0_greys.ipynb": A,
            "smithanna_12345_678_work.zip/lab/venv/lib/site.py": b"",
        },
        {"smithanna": "a"},
        {},
    ),
    "canvas, text entry": (
        {"smithanna_12345_text.html": b"<p>see my Colab: https://colab.example/x</p>"},
        {},
        {"smithanna": "an online text and no notebook (see my Colab"},
    ),
    "canvas, letters with accents": (
        {"ångströmzoë_12345_678_a0_greys.ipynb": A},
        {"ångströmzoë": "a"},
        {},
    ),
    # Moodle
    "moodle": ({moodle("Anna Smith", 123): A}, {"Anna Smith": "a"}, {}),
    "moodle, two assignments": (
        {
            "CS-Greys-77/" + moodle("Anna Smith", 123): A,
            "CS-Judges-78/" + moodle("Anna Smith", 456, "b0_judges.ipynb"): B,
        },
        {"Anna Smith": "ab"},
        {},
    ),
    "moodle, all in one folder": (
        {"Anna Smith_123_assignsubmission_file_a0_greys.ipynb": A},
        {"Anna Smith": "a"},
        {},
    ),
    "moodle, anonymous": (
        {moodle("Participant", 123): A, moodle("Participant", 124): A},
        {"Participant 123": "a", "Participant 124": "a"},
        {},
    ),
    "moodle, two people of one name": (
        {moodle("Anna Smith", 123): A, moodle("Anna Smith", 124): A},
        {"Anna Smith (123)": "a", "Anna Smith (124)": "a"},
        {},
    ),
    "moodle, an online text beside the file": (
        {
            moodle("Anna Smith", 123): A,
            moodle("Anna Smith", 123, "onlinetext.html", "onlinetext"): b"<p>Dear teacher</p>",
        },
        {"Anna Smith": "a"},
        {},
    ),
    "moodle, an online text alone": (
        {moodle("Anna Smith", 123, "onlinetext.html", "onlinetext"): b"<p>I was <b>ill</b></p>"},
        {},
        {"Anna Smith": "an online text and no notebook (I was ill)"},
    ),
    "moodle, an empty online text": (
        {
            moodle("Anna Smith", 123, "onlinetext.html", "onlinetext"): b"<html><p> </p></html>",
            moodle("Bo Jones", 124): A,
        },
        {"Bo Jones": "a"},
        {},
    ),
    "moodle, the class's zip": (
        {
            "CS101-Greys-77.zip/" + moodle("Zoë Ångström", 123): A,
            "CS101-Greys-77.zip/" + moodle("Bo Jones", 124): A,
        },
        {"Zoë Ångström": "a", "Bo Jones": "a"},
        {},
    ),
    "moodle, a student's zip": (
        {moodle("Anna Smith", 123, "my work.zip/work/a0_greys.ipynb"): A},
        {"Anna Smith": "a"},
        {},
    ),
    # Google: Classroom, Drive, Colab
    "classroom": (
        {"Classroom/Greys and weights/Anna Smith - a0_greys.ipynb": A},
        {"Anna Smith": "a"},
        {},
    ),
    "classroom, the course's folder": (
        {
            f"Colour 2026/Greys and weights/{name} - a0_greys.ipynb": A
            for name in ("Anna Smith", "Bo Jones", "Cleo Marsh")
        },
        {"Anna Smith": "a", "Bo Jones": "a", "Cleo Marsh": "a"},
        {},
    ),
    "classroom, a student's copy": (
        {"Greys and weights/Anna Smith - Copy of a0_greys.ipynb": A},
        {"Anna Smith": "a"},
        {},
    ),
    "drive's zip": (
        {
            "Greys and weights-20260115T101010Z-001.zip/Greys and weights/Anna Smith - a0.ipynb": A,
            "Greys and weights-20260115T101010Z-001.zip/Greys and weights/Bo - a0.ipynb": A,
        },
        {"Anna Smith": "a", "Bo": "a"},
        {},
    ),
    "colab, many languages": (
        {
            "Anna/Copy of a0_greys.ipynb": A,
            "Bo/Kopie von a0_greys.ipynb": A,
            "Cleo/Copia de a0_greys.ipynb": A,
            "Dan/Copie de a0_greys.ipynb": A,
            "Eva/Cópia de a0_greys.ipynb": A,
            "Finn/Kopia av a0_greys.ipynb": A,
            "Gil/Copia di a0_greys.ipynb": A,
            "Hana/「a0_greys.ipynb」のコピー": A,
        },
        dict.fromkeys(["Anna", "Bo", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana"], "a"),
        {},
    ),
    "colab, as it downloads": (
        {
            "Anna/Copy_of_a0_greys.ipynb": A,
            "Bo/Kopie_von_Kopie_von_a0_greys (1).ipynb": A,
            "Copia_de_a0_greys_Cleo Marsh.ipynb": A,
            "Dan/Bản_sao_của_a0_greys.ipynb": A,
            "Copy%20of%20a0_greys%20-%20Eva.ipynb": A,
        },
        dict.fromkeys(["Anna", "Bo", "Cleo Marsh", "Dan", "Eva"], "a"),
        {},
    ),
    "colab, nobody's": (
        {"Copy of Copy of a0_greys.ipynb": A, "Copy_of_a0_greys.ipynb": A},
        {},
        {
            "Copy of Copy of a0_greys.ipynb": "whose is it?",
            "Copy_of_a0_greys.ipynb": "whose is it?",
        },
    ),
    "colab, a name behind": ({"Kopie von a0_greys Anna Smith.ipynb": A}, {"Anna Smith": "a"}, {}),
    "colab, its folder": ({"anna/Colab Notebooks/Untitled0.ipynb": A}, {"anna": "a"}, {}),
    # Other platforms
    "blackboard": (
        {
            "Greys_asmith_attempt_2026-01-15-10-30-59_a0_greys.ipynb": A,
            "Greys_asmith_attempt_2026-01-15-10-30-59.txt": b"Name: Anna Smith",
        },
        {"asmith": "a"},
        {},
    ),
    "brightspace": (
        {"1234-5678 - Anna Smith - Jan 15, 2026 1105 AM/a0_greys.ipynb": A},
        {"Anna Smith": "a"},
        {},
    ),
    "nbgrader": ({"submitted/anna/a0_greys/a0_greys.ipynb": A}, {"anna": "a"}, {}),
    # Folders, zips, browsers, systems
    "folders": (
        {"anna/whatever.ipynb": A, "bo/greys final.ipynb": A, "bo/b0.ipynb": B},
        {"anna": "a", "bo": "ab"},
        {},
    ),
    "two versions in a student's folder": (
        {"anna/a0 first try.ipynb": A, "anna/a0 better.ipynb": A},
        {"anna": "aa"},
        {},
    ),
    "folders of sections": (
        {"Section 1/anna/a0.ipynb": A, "Section 1/bo/a0.ipynb": A, "Section 2/cleo/a0.ipynb": A},
        {"anna": "a", "bo": "a", "cleo": "a"},
        {},
    ),
    "folders of teams of tutors": (
        {"tutor kim/anna/x.ipynb": A, "tutor kim/bo/x.ipynb": A, "tutor lee/cleo/x.ipynb": A},
        {"anna": "a", "bo": "a", "tutor lee": "a"},
        {},
    ),
    "folders by assignment": (
        {"a0_greys/anna.ipynb": A, "b0_judges/Anna.ipynb": B},
        {"Anna": "ab"},
        {},
    ),
    "a zip a student": (
        {"anna.zip/a0_greys.ipynb": A, "bo.zip/work/a0_greys.ipynb": A},
        {"anna": "a", "bo": "a"},
        {},
    ),
    "a zip a student, in the class's": (
        {"class.zip/anna.zip/a0_greys.ipynb": A, "class.zip/bo.zip/a0_greys.ipynb": A},
        {"anna": "a", "bo": "a"},
        {},
    ),
    "a class's zip of single files": (
        {"all.zip/anna_a0.ipynb": A, "all.zip/bo_a0.ipynb": A},
        {"anna": "a", "bo": "a"},
        {},
    ),
    "a zip called notebook": ({"anna_a0_greys.ipynb": {"a0_greys.ipynb": A}}, {"anna": "a"}, {}),
    "a zip with what macOS adds": (
        {
            "anna.zip/a0_greys.ipynb": A,
            "anna.zip/__MACOSX/._a0_greys.ipynb": b"\0",
            "anna.zip/.ipynb_checkpoints/a0_greys-checkpoint.ipynb": A,
        },
        {"anna": "a"},
        {},
    ),
    "a damaged zip": ({"anna_a0.zip": b"PK\x03\x04 cut off"}, {}, {"anna": "a damaged zip"}),
    "an archive of another kind": ({"anna_a0.rar": b"Rar!"}, {}, {"anna": "packed as .rar"}),
    "browsers and systems": (
        {
            "anna_a0_greys (1).ipynb": A,
            "bo_a0_greys-Copy1.ipynb": A,
            "cleo_a0_greys - Kopie.ipynb": A,
            "dan_a0_greys copy 2.ipynb": A,
            "eva_a0_greys.ipynb.txt": A,
            "finn_a0_greys_final_v2.ipynb": A,
        },
        dict.fromkeys(["anna", "bo", "cleo", "dan", "eva", "finn"], "a"),
        {},
    ),
    "spellings of one person": (
        {"Anna Smith/a0_greys.ipynb": A, "smith_anna_b0_judges.ipynb": B},
        {"Anna Smith": "ab"},
        {},
    ),
    "the school's number": ({"anna_1234567_a0_greys.ipynb": A}, {"anna": "a"}, {}),
    "nothing but the school's number": ({"1234567_a0.ipynb": A}, {"1234567": "a"}, {}),
}

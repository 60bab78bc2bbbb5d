"""The stamp: one setting says where badges and pip lines point."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from coursekit import cli
from coursekit.tools import stamp

ROOT = Path(__file__).parents[2]
REPO = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coursekit"][
    "repo"
]
NOBODY = "OWNER/colorization-course"
BADGE = "https://colab.research.google.com/github/{}/blob/{}/notebooks/{}"


@pytest.fixture
def copy(tmp_path):
    """A copy of the repository's settings, with the checker's faultless notebook as its lesson."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "tests/notebooks/fixtures/faultless.ipynb", tmp_path / "notebooks")
    (tmp_path / "README.md").write_text(
        f"[![Open in Colab](c.svg)]({BADGE.format(REPO, 'main', '01_a.ipynb')})\n"
        f'pip install "coursekit @ git+https://github.com/{REPO}"\n'
        f"git clone https://github.com/{REPO}.git\ncd {REPO.split('/')[1]}\n"
        f"https://kaggle.com/kernels/welcome?src="
        f"https://github.com/{REPO}/blob/main/notebooks/01_a.ipynb\n"
        f"https://mybinder.org/v2/gh/{REPO}/main?labpath=notebooks\n"
        f"https://github.com/{REPO}-fork is someone else's\n",
        encoding="utf-8",
    )
    stamp.stamp(NOBODY, "main", tmp_path)  # whatever the repository says today, the copy begins so
    return tmp_path


def test_badges_and_pip_lines_follow_the_new_address(copy):
    changed = stamp.stamp("ada/colours", "autumn-2026", copy)
    assert {path.name for path in changed} == {"faultless.ipynb", "README.md", "pyproject.toml"}
    notebook = (copy / "notebooks/faultless.ipynb").read_text(encoding="utf-8")
    assert BADGE.format("ada/colours", "autumn-2026", "faultless.ipynb") in notebook
    assert 'git+https://github.com/ada/colours@autumn-2026\\"' in notebook
    json.loads(notebook)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert BADGE.format("ada/colours", "autumn-2026", "01_a.ipynb") in readme
    assert 'git+https://github.com/ada/colours@autumn-2026"' in readme
    assert "git clone https://github.com/ada/colours.git" in readme
    assert "src=https://github.com/ada/colours/blob/autumn-2026/notebooks/01_a.ipynb" in readme
    assert "mybinder.org/v2/gh/ada/colours/autumn-2026?labpath=notebooks" in readme
    assert "ada/colours-fork" not in readme


def test_the_setting_and_the_projects_addresses_follow_it_too(copy):
    stamp.stamp("ada/colours", "autumn-2026", copy)
    pyproject = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["tool"]["coursekit"] == {"repo": "ada/colours", "ref": "autumn-2026"}
    assert pyproject["project"]["urls"] == {
        "Homepage": "https://github.com/ada/colours",
        "Source": "https://github.com/ada/colours",
        "Issues": "https://github.com/ada/colours/issues",
    }


def test_a_page_for_citing_follows_it_where_there_is_one(copy):
    page = copy / "CITATION.cff"
    page.write_text(f'# repository-code: "https://github.com/{NOBODY}"\n', encoding="utf-8")
    assert page in stamp.stamp("ada/colours", None, copy)
    stamped = 'repository-code: "https://github.com/ada/colours"\n'
    assert page.read_text(encoding="utf-8") == stamped


SHOWN = r"(?<!<!-- )\[!\[[^]]*]\([^)]*\)]\([^)]*github[^)]*\)"


def test_a_badge_is_shown_from_the_day_on_which_it_leads_somewhere(copy):
    pages = [copy / "README.md", copy / "notebooks/faultless.ipynb"]
    assert [re.findall(SHOWN, page.read_text(encoding="utf-8")) for page in pages] == [[], []]
    stamp.stamp("ada/colours", None, copy)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        (badge,) = re.findall(SHOWN, text)
        assert "github/ada/colours/blob/main/notebooks/" in badge and "<!--" not in text


def test_metadata_name_no_address_that_leads_nowhere(copy):
    pyproject = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["urls"] == {}


def test_a_release_without_an_address_is_refused(copy, monkeypatch, capsys):
    (copy / "tests").mkdir()
    monkeypatch.chdir(copy)
    assert cli.main(["stamp", "--check"]) == 1
    assert "no release: the course has no address yet" in capsys.readouterr().out
    stamp.stamp("ada/colours", "v1.0")
    assert cli.main(["stamp", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_release_of_another_tag_than_addresses_name_is_refused(copy):
    stamp.stamp("ada/colours", "v1.0", copy)
    assert stamp.faults("v1.0", copy) == []
    (fault,) = stamp.faults("v1.1", copy)
    assert "v1.0, and not v1.1: run `coursekit stamp --ref v1.1`" in fault


def test_a_release_in_which_a_page_names_another_branch_is_refused_and_nothing_is_written(copy):
    stamp.stamp("ada/colours", "v1.0", copy)
    page = copy / "README.md"
    page.write_text(page.read_text(encoding="utf-8").replace("v1.0", "main"), encoding="utf-8")
    before = page.read_bytes()
    (fault,) = stamp.faults(None, copy)
    assert str(page) in fault and page.read_bytes() == before


def test_stamping_there_and_back_changes_no_byte(copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    stamp.stamp("ada/colours", "v1/final", copy)
    stamp.stamp(NOBODY, "main", copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_stamping_twice_changes_nothing_the_second_time(copy):
    stamp.stamp("ada/colours", "main", copy)
    assert stamp.stamp("ada/colours", "main", copy) == []
    assert stamp.stamp(folder=copy) == []


@pytest.mark.parametrize("repo", ["colours", "https://github.com/ada/colours", 'ada/"x'])
def test_an_address_that_is_not_owner_and_name_is_refused(repo, copy):
    with pytest.raises(ValueError, match="owner/name"):
        stamp.stamp(repo, None, copy)


def test_a_ref_that_cannot_stand_in_an_address_is_refused(copy):
    with pytest.raises(ValueError, match="branch or tag"):
        stamp.stamp(None, "my branch", copy)


def test_the_repository_names_one_address_throughout(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("_build"))
    for name in stamp.PAGES:
        shutil.copy(ROOT / name, tmp_path / name)
    assert stamp.stamp(folder=tmp_path) == []


def test_no_page_of_the_repository_links_to_an_address_that_is_nobodys():
    pages = [ROOT / name for name in stamp.PAGES] + sorted((ROOT / "docs").glob("**/*.md"))
    for page in pages:
        shown = re.sub(r"(?s)<!--.*?-->", "", page.read_text(encoding="utf-8"))
        assert not re.search(r"(?:]\(|<)https?:[^)>\s]*OWNER/", shown), page

"""The small assignment, its release, and a copy to fill in."""

import copy

import nbformat
import pytest
from small_assignment import NAME, other_notebook, source_notebook

pytest.importorskip("nbgrader", reason="grading needs the extra `teach`")


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    nbformat.write(source_notebook(), folder / f"{NAME}.ipynb")
    nbformat.write(other_notebook(), folder / "b0_judges.ipynb")
    return folder


@pytest.fixture(scope="session")
def released(sources, tmp_path_factory):
    """The students' versions: name → notebook."""
    from coursekit.teach import release

    return {
        path.stem: nbformat.read(path, 4)
        for path in release.build(sources, tmp_path_factory.mktemp("release"))
    }


@pytest.fixture
def blank(released):
    """An untouched copy of the release, to be filled in."""
    return copy.deepcopy(released[NAME])


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    """A kernel to talk to; walls do not matter here."""
    from coursekit.teach import judge, sandbox
    from coursekit.teach.sandbox import unwalled

    box = unwalled.Unwalled(tmp_path_factory.mktemp("box"), [], sandbox.Limits(60, 2e9))
    found = judge.Submission(*box.start(), sandbox.Watch(box, box.limits))
    found._receive()
    yield found
    box.close()

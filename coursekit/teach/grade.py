"""From what students sent to points, feedback and a list of problems (`coursekit grade`).

Each submission is graded by a `worker` in a process of its own; this module matches, starts, waits,
and keeps results.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import nbformat
import psutil
from tqdm.auto import tqdm

from coursekit import files
from coursekit.teach import matching, references, release, results, sandbox, students, submissions
from coursekit.teach.entry import Entry
from coursekit.teach.roster import Roster

SLACK = 120  # seconds that nbgrader may take beside the notebook's own time
REFERENCES = Path(references.__file__).parent  # answers; hidden tests need the stored cases only


def grade(
    paths: list[Path],
    source: Path,
    out: Path,
    limits: sandbox.Limits,
    jobs: int,
    roster: Roster | None = None,
) -> int:
    """Grade every submission; write scores, feedback and problems; say how it went.

    Parameters
    ----------
    paths : list of Path
        Folders and files that were sent.
    source : Path
        The folder of the assignments with their solutions.
    out : Path
        The folder for results, in which what was graded before is found again.
    limits : sandbox.Limits
        For each submission.
    jobs : int
        How many run at a time.
    roster : Roster or None
        The class.

    Returns
    -------
    int
        The number of submissions without points.

    Raises
    ------
    FileNotFoundError
        If a path is not there, or there is no assignment or no submission.
    ValueError
        That names the faults of an assignment's source, or of manual.csv.
    """
    sent = submissions.collect(paths)
    sources = release.sources(source)
    release.check(sources)
    cache = out / "cache"
    courses = {path.stem: _course(path, cache) for path in sources}
    releases = {
        name: nbformat.read(course / "release" / name / f"{name}.ipynb", 4)
        for name, course in courses.items()
    }
    entries = [_entry(each, releases) for each in sent]
    entries = students.name(entries, students.titles(releases), roster)
    _name_doubles(entries)
    wall = (
        "bubblewrap"
        if sandbox.bubblewrap()
        else "the Python guard only; on Linux, bubblewrap gives real walls"
    )
    print(
        f"{len(entries)} submissions, {jobs} at a time, each within {limits.seconds:g} s and "
        f"{limits.memory_bytes / 1e9:g} GB, behind {wall}",
        flush=True,
    )

    hidden = _hidden([source, out, REFERENCES, *(path for path in paths if Path(path).is_dir())])
    waiting = []
    for entry in entries:
        if entry.rebuilt:
            entry.key = _key(entry, courses[entry.assignment], limits)
            kept = cache / f"{entry.key}.json"
            if kept.exists():
                entry.finish(json.loads(kept.read_text(encoding="utf-8")))
            else:
                waiting.append(entry)
    again = sum(entry.rebuilt is not None for entry in entries) - len(waiting)
    _run(waiting, courses, cache, limits, hidden, jobs)
    return results.write(entries, sources, releases, out, again, roster)


def _run(
    entries: list[Entry],
    courses: dict[str, Path],
    cache: Path,
    limits: sandbox.Limits,
    hidden: list[Path],
    jobs: int,
) -> None:
    """Grade what waits, so many at a time, and keep each result as soon as it is there."""
    with (
        ThreadPoolExecutor(jobs) as pool,
        tqdm(total=len(entries), unit="notebook", disable=not entries) as bar,
    ):
        running = {
            pool.submit(_grade, entry, courses[entry.assignment], limits, hidden): entry
            for entry in entries
        }
        try:
            for future in as_completed(running):
                entry, (outcome, keep) = running[future], future.result()
                entry.finish(outcome)
                if keep:
                    files.write(cache / f"{entry.key}.json", json.dumps(outcome))
                bar.update()
        # After Ctrl-C what is graded is kept, and the rest is not waited for.
        finally:
            for future in running:
                future.cancel()
            sandbox.end(
                psutil.Process().children(recursive=True)
                if any(not one.done() for one in running)
                else []
            )


def _grade(
    entry: Entry, course: Path, limits: sandbox.Limits, hidden: list[Path]
) -> tuple[dict, bool]:
    """Grade one submission in a process of its own.

    Returned are its outcome, and whether the next run may use it: what the grader's own failure
    left is tried again.
    """
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder).resolve()
        nbformat.write(entry.rebuilt.notebook, scratch / "rebuilt.ipynb")
        job = {
            "notebook": str(scratch / "rebuilt.ipynb"),
            "source": str(course.resolve()),
            "scratch": folder,
            "limits": limits,
            "hidden": [str(folder) for folder in hidden],
            "out_of_order": matching.out_of_order(entry.submission.notebook),
        }
        (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
        with open(scratch / "log", "w+", encoding="utf-8", errors="replace") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "coursekit.teach.worker", str(scratch / "job.json")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                process.wait(limits.seconds + SLACK)
            except subprocess.TimeoutExpired:
                worker = psutil.Process(process.pid)
                sandbox.end([*worker.children(recursive=True), worker])
                process.wait()
            outcome = scratch / "outcome.json"
            if outcome.exists():
                return json.loads(outcome.read_text(encoding="utf-8")), True
            log.seek(0)
            last = (
                log.read().strip().splitlines()
                or [f"no word within {limits.seconds + SLACK:g} seconds"]
            )[-1]
            return {
                "points": {},
                "feedback": "",
                "notes": [],
                "failure": f"the grader itself failed: {last}",
                "said": {},
            }, False


def _course(path: Path, cache: Path) -> Path:
    """Make nbgrader's course folder for an assignment, once for each state of its source."""
    state = hashlib.sha256(
        path.read_bytes() + version("nbgrader").encode() + release.STUB.encode()
    ).hexdigest()[:16]
    course = cache / f"{path.stem}-{state}"
    if not course.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, ignore_cleanup_errors=True) as folder:
            # Elsewhere first: a course that Ctrl-C left half made must not be found by the next
            # run.
            release.generate(path, Path(folder) / "course")
            (Path(folder) / "course").rename(course)
    return course


def _entry(submission: submissions.Submission, releases: dict[str, nbformat.NotebookNode]) -> Entry:
    """Find out what a submission answers, and put it together."""
    entry = Entry(submission)
    try:
        if submission.problem:
            raise ValueError(submission.problem)
        entry.assignment = matching.recognise(submission.notebook, releases)
        entry.rebuilt = matching.rebuild(submission.notebook, releases[entry.assignment])
        entry.notes += entry.rebuilt.notes
    except ValueError as error:
        entry.failure = str(error)
    return entry


def _name_doubles(entries: list[Entry]) -> None:
    """Note where a student sent two files for one assignment.

    Both are graded, and a person decides; the same file twice is graded once.
    """
    groups = {}
    for entry in entries:
        if entry.rebuilt:
            groups.setdefault((entry.student, entry.assignment), []).append(entry)
    for group in groups.values():
        names = ", ".join(str(entry.submission.path) for entry in group)
        for entry in group[1:] if len(group) > 1 else []:
            if entry.submission.content == group[0].submission.content:
                entry.rebuilt = None
                entry.failure = f"the same file as {group[0].submission.path}, which is graded"
        for entry in group if len({entry.submission.content for entry in group}) > 1 else []:
            entry.notes.append(
                f"{len(group)} submissions of this student: {names}; decide which counts"
            )


def _key(entry: Entry, course: Path, limits: sandbox.Limits) -> str:
    """Name what a result depends on.

    That is the submission, the source of its assignment, the checks and their cases, the grading,
    the limits.
    """
    state = hashlib.sha256(entry.submission.content)
    for package in ("coursekit.lesson.checks", "coursekit.teach"):
        spec = find_spec(package)
        for path in sorted(Path(spec.submodule_search_locations[0]).rglob("*")):
            if path.suffix in (".py", ".npz"):
                state.update(path.read_bytes())
    state.update(f"{course.name} {limits}".encode())
    return state.hexdigest()[:24]


def _hidden(folders: list[Path]) -> list[Path]:
    """Choose what a notebook need not read: no folder that holds this package or Python."""
    needed = [
        Path(__file__).resolve(),
        Path(sys.prefix).resolve(),
        Path(tempfile.gettempdir()).resolve(),
    ]
    folders = [Path(folder).resolve() for folder in folders]
    return [folder for folder in folders if not any(one.is_relative_to(folder) for one in needed)]

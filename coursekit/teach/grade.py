"""From what students sent to points, feedback and a list of problems (`coursekit grade`).

Each submission is graded by a `worker` in a process of its own; this module matches, starts, waits,
and keeps results.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import multiprocessing
import tempfile
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing.process import BaseProcess
from pathlib import Path

import nbformat
import psutil
from tqdm.auto import tqdm

from coursekit import files
from coursekit.teach import matching, release, results, sandbox, students, submissions, worker
from coursekit.teach.entry import Entry
from coursekit.teach.roster import Roster
from coursekit.teach.sandbox.box import Box

SLACK = 120  # seconds that a worker may compute beside the notebook's own time
# Where the system can fork, workers are copies of a process that has imported what all need.
FORKS = "forkserver" in multiprocessing.get_all_start_methods()
WORKERS = multiprocessing.get_context("forkserver" if FORKS else "spawn")
if FORKS:
    WORKERS.set_forkserver_preload(["coursekit.teach.preloaded"])
STOPPED = "not graded yet: grading was stopped; run the same command again"


class Interrupted(KeyboardInterrupt):
    """Grading was stopped; what was done is written."""


def grade(
    paths: list[Path],
    source: Path,
    out: Path,
    limits: sandbox.Limits,
    jobs: int,
    box: type[Box] | None = None,
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
    box : type of Box, optional
        Where they run; by default the best that there is.
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
        That names the faults of an assignment's source, or of manual.csv; or says that there is no
        box.
    Interrupted
        After Ctrl-C, when the tables for what is done are written.
    """
    box = box or sandbox.choose()
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
    walls = f"in a box ({box.name})" if box.walls else "WITHOUT WALLS, because they are trusted"
    print(
        f"{len(entries)} submissions, {jobs} at a time, each within {limits.seconds:g} s and "
        f"{limits.memory_bytes / 1e9:g} GB, {walls}",
        flush=True,
    )

    hidden = [Path(folder).resolve() for folder in (source, out, *paths)]
    waiting = []
    for entry in entries:
        if entry.rebuilt:
            entry.key = _key(entry, courses[entry.assignment], limits, box)
            kept = cache / f"{entry.key}.json"
            if kept.exists():
                entry.finish(json.loads(kept.read_text(encoding="utf-8")))
            else:
                waiting.append(entry)
    again = sum(entry.rebuilt is not None for entry in entries) - len(waiting)
    pool = _Pool(courses, cache, limits, hidden, box)
    stopped = False
    try:
        pool.run(waiting, jobs)
    except KeyboardInterrupt:
        stopped = True
    failed = results.write(entries, sources, releases, out, again, roster)
    if stopped:
        done = sum(entry.failure != STOPPED for entry in waiting)
        print(
            f"stopped: {done} of {len(waiting)} new submissions were graded and are kept; run the "
            "same command again for the others",
            flush=True,
        )
        raise Interrupted
    return failed


class _Pool:
    """Workers, so many at a time, each for one submission."""

    def __init__(
        self,
        courses: dict[str, Path],
        cache: Path,
        limits: sandbox.Limits,
        hidden: list[Path],
        box: type[Box],
    ):
        self.courses, self.cache, self.limits = courses, cache, limits
        self.hidden, self.box = hidden, box
        self._running: set[BaseProcess] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, entries: list[Entry], jobs: int) -> None:
        """Grade what waits, and keep each result as soon as it is there."""
        for entry in entries:
            entry.failure = STOPPED
        running: dict[Future, Entry] = {}
        try:
            with (
                ThreadPoolExecutor(jobs) as threads,
                tqdm(total=len(entries), unit="notebook", disable=not entries) as bar,
            ):
                try:
                    for entry in entries:
                        running[threads.submit(self._grade, entry)] = entry
                    pending: set[Future] = set(running)
                    while pending:
                        # A wait without an end would not hear Ctrl-C on Windows.
                        done, pending = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
                        for future in done:
                            if (outcome := future.result()) is not None:
                                running[future].finish(outcome)
                                bar.update()
                finally:
                    threads.shutdown(wait=False, cancel_futures=True)
                    self._stop()
        finally:
            # Of those that ended while others were stopped, too, the results count.
            for future, entry in running.items():
                if entry.failure == STOPPED and future.done() and not future.cancelled():
                    if not future.exception() and (outcome := future.result()) is not None:
                        entry.finish(outcome)

    def _stop(self) -> None:
        """End the workers, and with them their boxes; start no more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _grade(self, entry: Entry) -> dict | None:
        """Grade one submission and keep the result; None if grading was stopped meanwhile."""
        with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as folder:
            scratch = Path(folder).resolve()
            nbformat.write(entry.rebuilt.notebook, scratch / "rebuilt.ipynb")
            course, name = self.courses[entry.assignment].resolve(), entry.assignment
            job = {
                "notebook": str(scratch / "rebuilt.ipynb"),
                "source": str(course / "source" / name / f"{name}.ipynb"),
                "released": str(course / "release" / name / f"{name}.ipynb"),
                "scratch": str(scratch),
                "limits": self.limits,
                "hidden": [str(path) for path in self.hidden],
                "out_of_order": matching.out_of_order(entry.submission.notebook),
                "box": self.box.name,
            }
            (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
            with self._lock:
                if self._stopped:
                    return None
                process = start_worker(scratch / "job.json", scratch / "log")
                self._running.add(process)
            why = self._wait(process)
            with self._lock:
                self._running.discard(process)
            outcome = scratch / "outcome.json"
            if outcome.exists():
                text = outcome.read_text(encoding="utf-8")
                files.write(self.cache / f"{entry.key}.json", text)
                return json.loads(text)
            if self._stopped:
                return None
            # A process that ended before it began has no log.
            log = scratch / "log"
            said = log.read_text("utf-8", "replace").strip() if log.exists() else ""
            # What the grader's own failure left is not kept, so the next run tries again.
            why = why or (said.splitlines() or ["no word"])[-1]
            failure = f"the grader itself failed: {why}"
            return worker.Outcome({}, "", [], failure)._asdict()

    def _wait(self, process: BaseProcess) -> str | None:
        """Wait for a worker; end one that computes without an end, and say so."""
        most = self.limits.seconds + SLACK
        while process.is_alive():
            process.join(1)
            # Its own seconds: those of the box are watched there, those of others do not count.
            with contextlib.suppress(psutil.Error):
                tests = psutil.Process(process.pid)
                times, memory = tests.cpu_times(), tests.memory_info().rss
                broken = [
                    *(["seconds"] if times.user + times.system > most else []),
                    *(["memory"] if memory > self.limits.memory_bytes else []),
                ]
                if broken:
                    process.kill()
                    process.join()
                    return f"its tests took more {broken[0]} than a submission may"
        return None


def start_worker(job: Path, log: Path) -> BaseProcess:
    """Start the process that grades one submission.

    Parameters
    ----------
    job : Path
        What it is told.
    log : Path
        For what it writes.

    Returns
    -------
    multiprocessing.process.BaseProcess
        The process. It ends when this one does.
    """
    process = WORKERS.Process(target=worker.main, args=(str(job), str(log)))
    process.start()
    return process


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


def _key(entry: Entry, course: Path, limits: sandbox.Limits, box: type[Box]) -> str:
    """Name what a result depends on.

    That is the submission, the source of its assignment, the checks and their cases, the grading,
    the limits, the box.
    """
    state = hashlib.sha256(entry.submission.content)
    state.update(f"{_grading()} {course.name} {limits} {box.name}".encode())
    return state.hexdigest()[:24]


@functools.cache
def _grading() -> str:
    """Name the state of the checks and of this package."""
    state = hashlib.sha256()
    for package in ("coursekit.lesson.checks", "coursekit.teach"):
        spec = find_spec(package)
        for path in sorted(Path(spec.submodule_search_locations[0]).rglob("*")):
            if path.suffix in (".py", ".npz"):
                state.update(path.read_bytes())
    return state.hexdigest()

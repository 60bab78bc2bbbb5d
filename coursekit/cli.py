"""The command line: `coursekit …`, or `python -m coursekit …` where scripts are not on the path."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

NOTEBOOKS = Path("notebooks")
ASSIGNMENTS = NOTEBOOKS / "assignments"


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns: 0, or 1 if something failed or is missing."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "COURSEKIT_DATA" in os.environ:  # kernels start in notebooks/, a relative folder is meant from here
        os.environ["COURSEKIT_DATA"] = str(Path(os.environ["COURSEKIT_DATA"]).expanduser().absolute())
    try:
        options = _parser(arguments).parse_args(arguments)
        return options.run(options)
    except ModuleNotFoundError as error:
        extra = {"test": "test", "gpu-check": "test", "turing": "teach", "assignments": "teach", "grade": "teach"}.get(
            arguments[0], "lab")
        print(f'{error}. Install it with: {sys.executable} -m pip install -e ".[{extra}]"', file=sys.stderr)
    except (OSError, ValueError, KeyError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)
    return 1


def _parser(arguments) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coursekit", description="A course in image colorization.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name, run, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("doctor", _doctor, "say OK, or the way out, for each thing the course needs")
    if "data" in arguments[:1]:  # loads NumPy and Pillow, which the other commands need not wait for
        from coursekit.datasets.cli import add_parser

        add_parser(commands)
    else:
        add("data", None, "list, fetch and check data sets")
    if "turing" in arguments[:1]:
        from coursekit.turing.cli import add_parser

        add_parser(commands)
    else:
        add("turing", None, "run a colorization Turing test with a class")
    if "quality" in arguments[:1]:
        from coursekit.quality.cli import add_parser

        add_parser(commands)
    else:
        add("quality", None, "how good the colorizers are on photos that they never saw")
    command = add("colorize", _colorize, "colour photos, or whole folders of them, with a trained network")
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="files, and folders with their sub-folders")
    command.add_argument("-o", "--output", required=True, metavar="OUT",
                         help="a folder, made if missing; for one photo also a file name")
    command.add_argument("--model", default="vivid", help="regression, classification or vivid (the default), or the "
                         "path of a .keras file")
    command.add_argument("--temperature", type=float, metavar="T", help="above 0; lower is more vivid")
    results = command.add_mutually_exclusive_group()
    results.add_argument("--force", action="store_true", help="replace results that exist")
    results.add_argument("--skip", action="store_true", help="leave results that exist, to go on after an interruption")
    add("lab", _lab, "open JupyterLab on notebooks/")
    for name, run, text in (
        ("course", _course, "execute every lesson in COURSEKIT_PROFILE's profile; pages in build/course"),
        ("notebooks", _notebooks, "execute lessons in the laptop profile and store their outputs"),
    ):
        command = add(name, run, text)
        command.add_argument("--only", metavar="NN", help="only the lessons whose names start so, such as 02")
        command.add_argument("--cell-timeout", type=int, metavar="SECONDS", help="longest time for a cell")
    add("lint", _lint, "ruff over the package, the tests and the notebooks")
    add("test", _test, "lint, unit tests, notebook checks, every notebook in the smoke profile")
    command = add("train", _train, "train the colorizers of the course anew; killed, it goes on when started again")
    command.add_argument("names", nargs="*", metavar="NAME", help="regression, classification, vivid; all by default")
    command.add_argument("-o", "--output", type=Path, default=Path("build/train"), metavar="FOLDER",
                         help="for checkpoints, logs, and NAME.keras when it is done (%(default)s)")
    command.add_argument("--ship", action="store_true", help="then measure, and put weights and cards into the package")
    command = add("assignments", _assignments, "the students' release of the assignments, with checksums")
    command.add_argument("--source", type=Path, default=ASSIGNMENTS, metavar="FOLDER", help="the sources")
    command.add_argument("-o", "--output", type=Path, default=Path("build/release"), metavar="FOLDER")
    command = add("grade", _grade, "points, feedback and problems of what students sent; again, what changed")
    command.add_argument("submissions", nargs="+", type=Path, help="folders, or notebooks, as they came")
    command.add_argument("--source", type=Path, default=ASSIGNMENTS, metavar="FOLDER", help="the sources")
    command.add_argument("-o", "--output", type=Path, default=Path("build/grades"), metavar="FOLDER")
    command.add_argument("--minutes", type=float, default=10, help="for a submission, a third of it for a cell (10)")
    command.add_argument("--memory", type=float, default=6, metavar="GB", help="for a submission (6)")
    command.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 1) // 2), help="how many at a time")
    add("gpu-check", _gpu_check, "every notebook in the gpu profile under COURSEKIT_GPU_MB: time and peak memory")
    command = add("stamp", _stamp, "write the repository's address into badges and pip lines")
    command.add_argument("--repo", metavar="OWNER/NAME")
    command.add_argument("--ref", metavar="REF", help="branch or tag")
    return parser


def _doctor(options) -> int:
    from coursekit import doctor

    return doctor.report()


def _colorize(options) -> int:
    from coursekit.lesson import quiet_start

    with quiet_start():
        from coursekit import device
        from coursekit.colorizer import colorize_files

        device.describe()
    done = colorize_files(options.photos, options.output, options.model, options.temperature, options.force,
                          options.skip, progress=True)
    for photo, reason in done.broken:
        print(f"not coloured: {photo}: {reason}", file=sys.stderr)
    print(f"{len(done.written)} coloured in {options.output}, {len(done.skipped)} there before, "
          f"{len(done.broken)} broken")
    if done.colour:
        print(f"{len(done.colour)} had colour or a tint already, such as {done.colour[0]}; only lightness was used")
    return int(bool(done.broken))


def _lab(options) -> int:
    if not NOTEBOOKS.is_dir():
        raise FileNotFoundError("no notebooks/ here; run this in the top folder of the course")
    from jupyterlab.labapp import main as lab

    # In a container people are root, and Jupyter would refuse; it still listens on this machine only.
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    return lab([f"--ServerApp.root_dir={NOTEBOOKS.resolve()}", *root]) or 0


def _course(options) -> int:
    from coursekit import runner

    return int(runner.course(NOTEBOOKS, Path("build/course"), options.only, options.cell_timeout) > 0)


def _notebooks(options) -> int:
    from coursekit import runner

    return int(runner.store(NOTEBOOKS, options.only, options.cell_timeout) > 0)


def _lint(options) -> int:
    from coursekit import maintain

    return maintain.lint()


def _test(options) -> int:
    from coursekit import maintain

    return maintain.test()


def _train(options) -> int:
    from coursekit import device, recipes
    from coursekit.recipes import release

    device.keep_threads_apart()
    names = options.names or [*recipes.RECIPES]
    unknown = [name for name in names if name not in recipes.RECIPES]
    if unknown:
        raise ValueError(f"no recipe {unknown[0]!r}; there are {', '.join(recipes.RECIPES)}")
    data = recipes.photos()
    for name in names:
        painter, facts = release.finish(name, options.output, data)
        print(f"{name}: stored as {options.output / name}.keras")
        if options.ship:
            release.ship(name, painter, facts, data[1])
    if options.ship:
        release.measure()
    return 0


def _assignments(options) -> int:
    from coursekit.grading import release

    written = release.build(options.source, options.output)
    print(f"{len(written)} assignments without solutions and hidden tests in {options.output}/, "
          f"checksums in {release.CHECKSUMS}")
    return 0


def _grade(options) -> int:
    from coursekit.grading import grade, sandbox

    limits = sandbox.Limits(options.minutes * 60, options.memory * 1e9)
    return int(grade.grade(options.submissions, options.source, options.output, limits, options.jobs) > 0)


def _gpu_check(options) -> int:
    from coursekit import maintain

    return int(maintain.gpu_check() > 0)


def _stamp(options) -> int:
    from coursekit import maintain

    for path in maintain.stamp(options.repo, options.ref):
        print(f"changed {path}")
    return 0

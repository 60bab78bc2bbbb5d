"""The box of Docker or Podman, where bubblewrap is not: macOS, Windows, a server of containers.

The image is made once, from `Containerfile.grading` of this clone; without network, rights, or any
folder of the host.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import uuid
from functools import cache
from pathlib import Path

from coursekit.teach.sandbox import box
from coursekit.teach.sandbox.watch import Limits

HOME = "/home/student"
CLONE = box.PACKAGE.parent
RECIPE = "Containerfile.grading"
PROGRAMS = ("docker", "podman")
WALLS = (
    "--rm",
    "--interactive",
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=256",
    "--user=1000:1000",
    f"--tmpfs={HOME}:rw,size=1g,mode=0777",
    f"--workdir={HOME}",
)


@cache
def program() -> str | None:
    """Find Docker or Podman, running.

    Returns
    -------
    str or None
        The program; None where neither answers.
    """
    for name in PROGRAMS:
        found = shutil.which(name)
        if found and subprocess.run([found, "info"], capture_output=True).returncode == 0:
            return found
    return None


@cache
def missing() -> str | None:
    """Say why there is no such box; make its image the first time.

    Returns
    -------
    str or None
        None where there is one.
    """
    if program() is None:
        there = [name for name in PROGRAMS if shutil.which(name)]
        if there:
            return f"{there[0]} is installed, but its service does not answer; start it"
        return "neither Docker nor Podman is installed"
    known = subprocess.run([program(), "image", "inspect", image()], capture_output=True)
    if known.returncode == 0:
        return None
    print(f"building the image {image()} for submissions, once; this takes minutes", flush=True)
    recipe = str(CLONE / RECIPE)
    built = subprocess.run(
        [program(), "build", "--file", recipe, "--tag", image(), str(CLONE)],
        capture_output=True,
        text=True,
    )
    if built.returncode == 0:
        return None
    last = (built.stderr.strip() or built.stdout.strip()).splitlines()[-1:]
    return f"the image could not be built: {' '.join(last)}"


@cache
def image() -> str:
    """Name the image, for the state of the package that it is made from.

    Returns
    -------
    str
        Name and tag.
    """
    state = hashlib.sha256()
    for path in (CLONE / RECIPE, CLONE / "pyproject.toml", *sorted(box.PACKAGE.rglob("*.py"))):
        state.update(path.read_bytes())
    return f"coursekit-grading:{state.hexdigest()[:12]}"


class Container(box.Box):
    """A box made by Docker or Podman.

    Parameters
    ----------
    scratch : Path
        Not shown to it.
    hidden : list of Path
        Not shown to it, as nothing of the host is.
    limits : Limits
        Its memory is held by the system.
    """

    name = "container"

    def __init__(self, scratch: Path, hidden: list[Path], limits: Limits):
        super().__init__(scratch, hidden, limits)
        self.id = f"coursekit-{uuid.uuid4().hex[:12]}"

    def _command(self) -> tuple[list[str], None, None]:
        variables = box.environment(HOME, self._settings(HOME, [], None))
        # The image has its own Python and its own path to the package.
        passed = {name: value for name, value in variables.items() if name != "PYTHONPATH"}
        options = [part for pair in passed.items() for part in ("--env", "=".join(pair))]
        memory = f"--memory={int(self.limits.memory_bytes)}"
        command = [program(), "run", f"--name={self.id}", memory, *WALLS, *options, image()]
        return command, None, None

    def interrupt(self) -> None:
        """Interrupt the cell that runs."""
        subprocess.run([program(), "kill", "--signal=INT", self.id], capture_output=True)

    def kill(self) -> None:
        """End the container and all that is in it."""
        subprocess.run([program(), "kill", self.id], capture_output=True)
        super().kill()

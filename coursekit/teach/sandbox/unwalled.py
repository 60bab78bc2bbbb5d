"""No box at all: a process, and words. For work that is trusted, where there is nothing better."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from coursekit.teach.sandbox import box


class Unwalled(box.Box):
    """A process with the rights of whoever grades."""

    name = "no walls"
    walls = False

    def _command(self) -> tuple[list[str], dict[str, str], Path]:
        folder = self.scratch / "folder"
        folder.mkdir()
        hidden = [str(path) for path in self._keep_away()]
        settings = self._settings(str(folder), hidden, None)
        path = {
            name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        variables = box.environment(str(folder), settings) | path
        return [sys.executable, *box.AGENT], variables, folder

    def _keep_away(self) -> list[Path]:
        """Choose what it need not read: no folder that holds this package or Python."""
        needed = [box.PACKAGE, Path(sys.prefix).resolve(), self.scratch.resolve()]
        folders = [path.resolve() for path in self.hidden]
        folders += [box.PACKAGE / "teach" / name for name in ("references", "hidden_cases")]
        return [path for path in folders if not any(one.is_relative_to(path) for one in needed)]

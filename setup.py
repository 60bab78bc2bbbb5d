"""What pyproject.toml cannot say: the wheel brings the lessons, which stand beside the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithLessons(build_py):
    """Copies notebooks/*.ipynb into the package; the assignments, with their solutions, stay."""

    def run(self) -> None:
        """Build what pyproject.toml names, and the lessons besides."""
        super().run()
        if self.editable_mode:  # a clone has them where they are
            return
        into = Path(self.build_lib, "coursekit/lesson/notebooks")
        into.mkdir(parents=True, exist_ok=True)
        for path in sorted(Path("notebooks").glob("*.ipynb")):
            shutil.copyfile(path, into / path.name)


setup(cmdclass={"build_py": WithLessons})

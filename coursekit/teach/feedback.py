"""A student's notebook as it ran, as a page: nbgrader's own form for feedback.

Looks are nbgrader's template; what the student made is sanitised on its way into it.
"""

from __future__ import annotations

from pathlib import Path

import nbgrader
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.html import contextfilter
from nbformat import NotebookNode

from coursekit.teach import sanitise

FORMS = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
TEMPLATES = FORMS / "templates"
# Where nbgrader's releases have put the style sheet that their template includes.
STYLES = ("static/components/bootstrap/css", "static/node_modules/bootstrap/dist/css")


class Exporter(HTMLExporter):
    """Makes pages in which a student's text and tables are harmless."""

    @contextfilter
    def markdown2html(self, context: dict, source: str) -> str:
        """Make HTML of a text cell.

        Parameters
        ----------
        context : dict
            The template's.
        source : str
            Markdown.

        Returns
        -------
        str
            HTML without anything that runs.
        """
        return sanitise.sanitise(super().markdown2html(context, source))


def page(notebook: NotebookNode, name: str, points: dict) -> str:
    """Lay a graded notebook out.

    Parameters
    ----------
    notebook : NotebookNode
        As it ran; outputs and metadata are changed.
    name : str
        The assignment's.
    points : dict
        For each grade_id: automatic points, of how many, whether a person gives them.

    Returns
    -------
    str
        HTML.
    """
    for cell in notebook.cells:
        sanitise.outputs(cell)
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade_id") in points:
            score, most, _ = points[known["grade_id"]]
            known["score"], known["points"] = score or 0.0, most
    exporter = Exporter(
        template_name="feedback",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(FORMS / folder) for folder in STYLES],
    )
    total = {
        "notebook": name,
        "score": sum(score or 0.0 for score, _, _ in points.values()),
        "max_score": sum(most for _, most, _ in points.values()),
        "late_penalty": 0,
    }
    made, _ = exporter.from_notebook_node(notebook, {"nbgrader": total})
    return sanitise.protect(made)

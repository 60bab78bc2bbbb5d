"""A small assignment in nbgrader's source format, and how a student fills it in."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "a0_greys"
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def cell(source, grade_id=None, points=None, solution=False):
    new = new_markdown_cell if source.startswith(("#  ", "Because")) else new_code_cell
    made = new(source)
    if grade_id:
        known = {
            "grade": points is not None,
            "solution": solution,
            "locked": not solution,
            "task": False,
            "schema_version": 3,
            "grade_id": grade_id,
        }
        made.metadata["nbgrader"] = known | ({} if points is None else {"points": points})
        made.id = grade_id
    return made


def source_notebook():
    return new_notebook(
        metadata=METADATA,
        cells=[
            cell(
                "#  Greys and weights\n\n[![Open in Colab](https://example.org/badge.svg)]"
                f"(https://example.org/notebooks/assignments/{NAME}.ipynb)\n\n"
                "A small assignment in two tasks and one question."
            ),
            cell("import numpy as np\n\nweights_of_luma = np.array([0.299, 0.587, 0.114])"),
            cell("#  Task 1\n\nThe luma of a photo, one number a pixel."),
            cell(
                'def luma(rgb):\n    """uint8 RGB (H, W, 3) to luma (H, W), 0 to 255."""\n  '
                "  ### BEGIN SOLUTION\n    return rgb @ weights_of_luma\n    ### END SOLUTION",
                "a0-1-answer",
                solution=True,
            ),
            cell(
                "white = luma(np.full((2, 2, 3), 255, 'uint8'))\nassert white is not ..., 'luma: "
                "not attempted'\nassert np.allclose(white, 255), 'white should have luma "
                "255'\n### BEGIN HIDDEN TESTS\nsecret_green = np.zeros((1, 1, 3), 'uint8') + "
                "np.uint8([0, 200, 0])\nassert np.allclose(luma(secret_green), 117.4), 'green "
                "counts 0.587: did you take the plain mean?'\n### END HIDDEN TESTS",
                "a0-1-tests",
                points=40,
            ),
            cell("#  Task 2\n\nWeights that average 1 under the prior."),
            cell(
                'def normalised(weights, prior):\n    """Weights, (Q,), so that they average 1 '
                'under the prior, (Q,)."""\n    ### BEGIN SOLUTION\n    return weights / '
                "(weights @ prior)\n    ### END SOLUTION",
                "a0-2-answer",
                solution=True,
            ),
            cell(
                "prior = np.array([0.7, 0.2, 0.1])\nfound = normalised(np.array([1.0, 2.0, 4.0]), "
                "prior)\nassert found is not ..., 'normalised: not attempted'\naverage = found @ "
                "prior\nassert np.isclose(average, 1), f'your weights average {average:.2f} under "
                "the prior: divided by Q?'\n### BEGIN HIDDEN TESTS\nrare = "
                "np.random.default_rng(7).dirichlet(np.ones(9))\nassert np.isclose(normalised(1 / "
                "rare, rare) @ rare, 1), 'not with nine bins'\n### END HIDDEN TESTS",
                "a0-2-tests",
                points=45,
            ),
            cell(
                "#  Question\n\nWhy does a network trained with these weights paint more vividly?"
            ),
            cell(
                "Because rare colours are vivid, and the weights make them count.",
                "a0-why-answer",
                points=15,
                solution=True,
            ),
        ],
    )


def other_notebook():
    """A second assignment, so that there is something to take the first one for."""
    return new_notebook(
        metadata=METADATA,
        cells=[
            cell("#  Counting judges\n\nA test of whether people can tell."),
            cell("from math import comb"),
            cell(
                'def chance(right, trials):\n    """The chance of exactly so many right '
                'answers by guessing."""\n    ### BEGIN SOLUTION\n    return comb(trials, '
                "right) / 2**trials\n    ### END SOLUTION",
                "b0-1-answer",
                solution=True,
            ),
            cell(
                "assert chance(1, 2) == 0.5\n### BEGIN HIDDEN TESTS\nassert chance(3, 4) == "
                "0.25\n### END HIDDEN TESTS",
                "b0-1-tests",
                points=80,
            ),
            cell(
                "Because a tie would be counted twice otherwise.",
                "b0-why-answer",
                points=20,
                solution=True,
            ),
        ],
    )


def fill(
    notebook,
    luma="rgb @ weights_of_luma",
    normalised="weights / (weights @ prior)",
    why="Rare is vivid.",
):
    """Answer as a student does: the stub's last line goes."""
    for grade_id, answer in (
        ("a0-1-answer", f"    return {luma}"),
        ("a0-2-answer", f"    return {normalised}"),
    ):
        found = answer_cell(notebook, grade_id)
        found.source = "\n".join([*found.source.splitlines()[:-1], answer])
    answer_cell(notebook, "a0-why-answer").source = why
    return notebook


def answer_cell(notebook, grade_id):
    (found,) = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found

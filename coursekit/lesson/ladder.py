"""The course's ladder: the same photos and the same scoreboard in every lesson that trains.

What a lesson's networks reached is a line of a file, with the score of every photo: those that come
with the course (``recorded/ladder.jsonl``, made by ``coursekit record``), and the reader's own.

Matplotlib is imported by the methods that draw.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from IPython.display import display

from coursekit import color, experiments, files, metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECORDED = Path(__file__).parent / "recorded" / "ladder.jsonl"
OWN = Path("runs", "ladder.jsonl")
MEASURES = {
    "auc": "AuC (%)",
    "rebalanced_auc": "rebalanced AuC (%)",
    "colorfulness_kept": "colorfulness kept (%)",
    "rare_recall": "rare recall (%)",
}
BASELINES = ("grey", "mean colour")
SHIPPED = "ships"  # stands for the lesson of the colorizers that come with the course
STRIP = 8  # photos that are shown
AT_ONCE = 8 * 96**2  # pixels a colorizer sees: called so, a network keeps all its maps to the end


class _Rung(NamedTuple):
    """What one lesson calls one way to colour."""

    lesson: str
    name: str


class Ladder:
    """Score colorizers on the same held-back photos, beside those of earlier lessons.

    Parameters
    ----------
    lesson : str
        The number of the lesson, such as "05".
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The held-back photos.
    train : ndarray of uint8, shape (M, H, W, 3)
        The photos that were trained on: their mean is the mean colour.
    own : str or path-like
        The reader's own lines.
    recorded : str or path-like
        The lines that come with the course.

    Attributes
    ----------
    lesson : str
        The number of the lesson.
    rgb : ndarray of uint8, shape (N, H, W, 3)
        The held-back photos.
    photos : str
        By which their lines know them.
    """

    def __init__(
        self,
        lesson: str,
        rgb: np.ndarray,
        train: np.ndarray,
        own: str | Path = OWN,
        recorded: str | Path = RECORDED,
    ):
        self.lesson, self.rgb, self._own = lesson, rgb, Path(own)
        # Lines of other photos, or of the same at another size, are no rungs of this ladder.
        self.photos = hashlib.sha256(np.ascontiguousarray(rgb)).hexdigest()[:12]
        self._mean = metrics.mean_ab(train)
        self._lines: dict[tuple[str, str, int], dict] = {}
        for file in (Path(recorded), self._own):
            for line in read(file):
                if line["photos"] == self.photos:
                    self._lines[line["lesson"], line["name"], line["seed"]] = line
        # Evenly over the photos, which nobody chose.
        self._shown = np.linspace(0, len(rgb) - 1, min(STRIP, len(rgb))).astype(int)
        rows = metrics.measure({}, rgb, mean=self._mean, redraws=0, progress=False)
        self._baselines = {row["name"]: row["each"] for row in rows if row["name"] in BASELINES}

    def add(self, name: str, colorizer: object, seed: int = 0, seconds: float = 0) -> dict:
        """Score a colorizer, and keep its line beside the reader's others.

        Parameters
        ----------
        name : str
            What the lesson calls it.
        colorizer : object
            Anything with ``predict_ab(L) -> ab``.
        seed : int
            It was trained with.
        seconds : float
            Its training took.

        Returns
        -------
        dict of str to float
            Its value of each measure.

        Raises
        ------
        ValueError
            If the name is a baseline's, or the colorizer gives no finite ab of the photos' size.
        """
        watched = Watched(colorizer)
        (row,) = metrics.measure(
            {name: watched},
            self.rgb,
            mean=self._mean,
            batch_size=max(1, AT_ONCE // self.rgb[0, ..., 0].size),
            redraws=0,
            progress=False,
            baselines=False,
        )
        line = {
            "lesson": self.lesson,
            "name": name,
            "seed": seed,
            "photos": self.photos,
            "seconds": round(seconds, 1),
            "each": {measure: np.round(row["each"][measure], 2).tolist() for measure in MEASURES},
            "shown": _packed(np.concatenate(watched.ab)[self._shown]),
        }
        self._lines[self.lesson, name, seed] = line
        self._own.parent.mkdir(parents=True, exist_ok=True)
        kept = {key(each): each for each in read(self._own)}
        files.write(self._own, written({**kept, key(line): line}))
        return {measure: row[measure] for measure in MEASURES}

    @property
    def rungs(self) -> list[str]:
        """Name what stands on the ladder up to this lesson, from the bottom.

        Returns
        -------
        list of str
            Each as "05 · regression"; what ships comes last.
        """
        return [_named(rung) for rung in self._rungs()]

    def scores(self, name: str, measure: str) -> np.ndarray:
        """Look up the score of every photo, for `experiments.compare`.

        Parameters
        ----------
        name : str
            "grey", "mean colour", a name of this lesson, or one of `rungs`.
        measure : str
            One of `MEASURES`.

        Returns
        -------
        ndarray of float64, shape (seeds, N) or (N,)
            In the order of the seeds; without them for a baseline and for what ships.

        Raises
        ------
        ValueError
            If there is no such rung or measure.
        """
        if measure not in MEASURES:
            raise ValueError(f"no measure {measure!r}; there are {', '.join(MEASURES)}")
        if name in self._baselines:
            return np.asarray(self._baselines[name][measure])
        rung = self._rung(name)
        found = [line["each"][measure] for line in self._of(rung)]
        return np.asarray(found[0] if rung.lesson == SHIPPED else found, np.float64)

    def table(self) -> None:
        """Show each rung's measures, with half the width of their intervals, and its minutes.

        The intervals are those of `experiments.compare`: over seeds and photos; where there is one
        seed, over photos alone.
        """
        rows = [["", *MEASURES.values(), "seeds", "minutes"]]
        for name in (*BASELINES, *self.rungs):
            lines = [] if name in BASELINES else self._of(self._rung(name))
            minutes = np.mean([line["seconds"] for line in lines]) / 60 if lines else 0
            seeds = len(lines) if lines and self._rung(name).lesson != SHIPPED else ""
            values = (_with_half(self.scores(name, measure)) for measure in MEASURES)
            rows.append([name, *values, str(seeds), f"{minutes:.1f}" if minutes else ""])
        about = (
            f"{len(self.rgb)} held-back photos of {self.rgb.shape[2]} × {self.rgb.shape[1]} px; "
            "± is half of the 95 % interval over seeds and photos"
        )
        # A table, for as lines of text it is wider than the page that many read it on.
        display({"text/html": _as_html(about, rows), "text/plain": _as_text(about, rows)}, raw=True)

    def picture(self) -> Figure:
        """Draw each rung's measures with their intervals.

        Returns
        -------
        Figure
            A panel a measure, a row a rung.
        """
        from coursekit import plots

        names = [*BASELINES, *self.rungs]
        values = {
            label: [_interval(self.scores(name, measure)) for name in names]
            for measure, label in MEASURES.items()
        }
        return plots.intervals(names, values)

    def strip(self, *names: str) -> Figure:
        """Draw the same photos as each rung paints them.

        Parameters
        ----------
        *names : str
            Rungs; by default the last of each earlier lesson, and all of this one.

        Returns
        -------
        Figure
            A row a photo: in grey, as each rung paints it (its smallest seed), and the truth.

        Raises
        ------
        ValueError
            If there is no such rung.
        """
        from coursekit import plots

        rungs = [self._rung(name) for name in names] or self._last()
        truth = self.rgb[self._shown]
        L, _ = color.split(truth)
        columns = {"grey": color.join(L, np.zeros((*L.shape[:-1], 2), np.float32))}
        for rung in rungs:
            (line, *_) = self._of(rung)
            columns[_named(rung)] = color.join(L, _unpacked(line["shown"], *L.shape[1:3]))
        columns["true"] = truth
        photos = {str(at): [column[at] for column in columns.values()] for at in range(len(truth))}
        fig = plots.rows(photos, titles=list(columns), width=2.0 * len(columns))
        for axis in fig.axes:
            axis.set_ylabel("")
        return fig

    def _rungs(self) -> list[_Rung]:
        """List the rungs up to this lesson, those that ship last."""
        found = dict.fromkeys(_Rung(lesson, name) for lesson, name, _ in self._lines)
        return sorted(
            (rung for rung in found if rung.lesson <= self.lesson or rung.lesson == SHIPPED),
            key=lambda rung: rung.lesson,
        )

    def _last(self) -> list[_Rung]:
        earlier = {rung.lesson: rung for rung in self._rungs() if rung.lesson < self.lesson}
        own = [rung for rung in self._rungs() if rung.lesson == self.lesson]
        return [*earlier.values(), *own]

    def _of(self, rung: _Rung) -> list[dict]:
        """List a rung's lines in the order of their seeds."""
        seeds = sorted(seed for *key, seed in self._lines if _Rung(*key) == rung)
        return [self._lines[(*rung, seed)] for seed in seeds]

    def _rung(self, name: str) -> _Rung:
        """Find a rung by how it is called, with the lesson's number or, in its lesson, without."""
        named = {_named(rung): rung for rung in self._rungs()}
        named |= {rung.name: rung for rung in self._rungs() if rung.lesson == self.lesson}
        if name not in named:
            raise ValueError(
                f"no rung {name!r}; there are {', '.join(self.rungs) or 'none of these photos yet'}"
            )
        return named[name]


class Watched:
    """Remember what a colorizer predicts, so that it need not be asked twice.

    Parameters
    ----------
    colorizer : object
        Anything with ``predict_ab(L) -> ab``.

    Attributes
    ----------
    network : keras.Model or None
        The colorizer's, which tells for what size it is built.
    ab : list of ndarray of float32, shape (N, H, W, 2)
        Its answers, in the order of the questions, in CIELAB units.
    """

    def __init__(self, colorizer: object):
        self._colorizer, self.ab = colorizer, []
        self.network = getattr(colorizer, "network", None)

    def predict_ab(self, L: np.ndarray) -> np.ndarray:
        """Predict, and remember.

        Parameters
        ----------
        L : ndarray of float32, shape (N, H, W, 1)
            Lightness, 0…100.

        Returns
        -------
        ndarray of float32, shape (N, H, W, 2)
            What the colorizer gives.
        """
        self.ab.append(self._colorizer.predict_ab(L))
        return self.ab[-1]


def read(file: Path) -> list[dict]:
    """Read the lines of a file.

    Parameters
    ----------
    file : Path
        It may be missing.

    Returns
    -------
    list of dict
        In their order.

    Raises
    ------
    ValueError
        For a line that is none of a ladder.
    """
    lines = []
    for number, text in enumerate(file.read_text().splitlines() if file.exists() else (), start=1):
        try:
            line = json.loads(text)
            key(line), line["photos"], line["each"]["auc"], line["seconds"], line["shown"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{file}, line {number}: not of a ladder; delete that line") from None
        lines.append(line)
    return lines


def key(line: dict) -> tuple[str, str, int, str]:
    """Tell by what a line is known.

    Parameters
    ----------
    line : dict
        As `read` gives it.

    Returns
    -------
    tuple
        Lesson, name, seed, photos.
    """
    return line["lesson"], line["name"], line["seed"], line["photos"]


def written(lines: dict[tuple, dict]) -> str:
    """Write lines down.

    Parameters
    ----------
    lines : dict of tuple to dict
        By their keys.

    Returns
    -------
    str
        In their order, one JSON object a line.
    """
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines.values())


def _named(rung: _Rung) -> str:
    return f"{rung.lesson} · {rung.name}"


def _interval(scores: np.ndarray) -> tuple[float, float, float]:
    if not np.isfinite(scores).all():
        return (np.nan,) * 3
    if scores.ndim == 2 and len(scores) > 1:
        return experiments.compare(scores)[:3]
    half = 1.96 * np.std(scores.ravel(), ddof=1) / np.sqrt(scores.size)
    return scores.mean(), scores.mean() - half, scores.mean() + half


def _with_half(scores: np.ndarray) -> str:
    value, low, high = _interval(scores)
    return f"{value:.1f} ± {(high - low) / 2:.1f}"


def _as_text(about: str, rows: list[list[str]]) -> str:
    """Lay a table out in columns, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:{widths[0]}}"
        + "".join(f"{cell:>{width + 2}}" for cell, width in zip(cells, widths[1:], strict=True))
        for name, *cells in rows
    ]
    return "\n".join([about, *(line.rstrip() for line in lines)])


def _as_html(about: str, rows: list[list[str]]) -> str:
    """Mark a table up, its first row and its first column as heads."""
    left, whole = ' style="text-align: left"', ' style="white-space: nowrap"'
    head, *body = ([html.escape(cell) for cell in row] for row in rows)
    heads = "".join(f'<th scope="col">{cell}</th>' if cell else "<td></td>" for cell in head)
    lines = "".join(
        f'<tr><th scope="row"{left}>{name}</th>'
        + "".join(f"<td{whole}>{cell}</td>" for cell in cells)
        + "</tr>\n"
        for name, *cells in body
    )
    return (
        f"<table>\n<caption{left}>{html.escape(about)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>"
    )


def _packed(ab: np.ndarray) -> dict:
    """Put ab into text: whole CIELAB units at a quarter of the sides, for L will lie over them."""
    count, height, width, _ = ab.shape
    small = ab.reshape(count, height // 4, 4, width // 4, 4, 2).mean(axis=(2, 4))
    whole = np.clip(np.round(small), -128, 127).astype(np.int8)
    return {"shape": whole.shape, "ab": base64.b64encode(whole.tobytes()).decode()}


def _unpacked(packed: dict, height: int, width: int) -> np.ndarray:
    """Take ab out of text, enlarged to a photo's size."""
    from skimage.transform import resize

    ab = np.frombuffer(base64.b64decode(packed["ab"]), np.int8).reshape(packed["shape"])
    return resize(np.float32(ab), (len(ab), height, width, 2), order=1)

"""The cards: every fact about a data set stands here and nowhere else."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


class DatasetError(ValueError):
    """A data set, split, class or file that cannot be had; the message says the way out."""


@dataclass(frozen=True)
class Card:
    """Facts about one data set; ``str(card)`` is its section in datasets.md.

    Attributes
    ----------
    name : str
        What `load` knows it by.
    title, what, photos, licence, bad_at : str
        For people: what it is called and shows, how many photos it has, under which terms, what it
        is bad at.
    fetch : str
        How it is had: "built in", "download" or "by hand".
    home : str
        Its page.
    lessons : tuple of str
        Numbers of the lessons that use it.
    tools : tuple of str
        Commands of maintainers that use it, such as "train".
    steps : str
        By hand: what the reader does to get the file.
    url, sha256 : str
        Download: where from, and the archive's checksum, if one is published.
    bytes : int or None
        Size of the archive, if it is published.
    pattern : str
        How a photo's path inside the archive tells its class (group ``cls``, with ``part`` added)
        and split (group ``split``); what does not match is left out.
    rename : mapping of str to str
        Names in the archive, and what the classes are called here.
    split : str
        The split of all photos; if empty, that of the path, or by content where the path tells
        none.
    toned : mapping of str to str
        Of a class whose photos are grey, the class of those that are toned after all.
    size : int
        Short side of the photos in the cache, pixels.
    counts : mapping of str to (int, int)
        Photos of each class in train and in val: as published, or, where the path tells no split,
        as they are sorted and kept here.
    keep_grey : bool
        Whether photos without colour belong to it.
    arrays : bool
        Whether it holds pickled arrays, as CIFAR does, instead of photo files.
    """

    name: str
    title: str
    what: str
    photos: str
    licence: str
    bad_at: str
    fetch: str
    home: str
    lessons: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    steps: str = ""
    url: str = ""
    bytes: int | None = None
    sha256: str = ""
    pattern: str = field(default="", repr=False)
    rename: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    split: str = ""
    toned: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    size: int = 128
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict, repr=False, hash=False)
    keep_grey: bool = False
    arrays: bool = False

    def __str__(self) -> str:
        """Write the card's section of datasets.md."""
        get = {
            "built in": "comes with the course, no network needed",
            "download": f"`coursekit data get {self.name}`, from {self.url}",
            "by hand": f"{self.steps} Then `coursekit data get {self.name} --from PATH`",
        }[self.fetch]
        lessons = [f"lesson{'s' * (len(self.lessons) > 1)} {', '.join(self.lessons)}"]
        used = lessons * bool(self.lessons) + [f"`coursekit {tool}`" for tool in self.tools]
        lines = [
            f"## {self.name}",
            "",
            f"**{self.title}.** {self.what}",
            "",
            f"- Photos: {self.photos}",
            f"- Licence: {self.licence}",
            f"- Bad at: {self.bad_at}",
            f"- Used by: {'; '.join(used)}",
            f"- How to get it: {get}",
        ]
        if self.fetch != "built in":
            size = f"{self.bytes:,} bytes" if self.bytes else "not published"
            checksum = f"`{self.sha256}`" if self.sha256 else "none published"
            lines += [f"- Size: {size}", f"- SHA-256: {checksum}"]
        return "\n".join([*lines, f"- Page: {self.home}"])


FOLDER = r"(?:.*/)?(?P<cls>[^/]+)/[^/]+"  # the class is the folder

_CARDS = [
    Card(
        name="scenes",
        title="Drawn scenes",
        what="Landscapes with flowers, balloons, houses and animals, drawn by code at any size "
        "from 32 to 256 px. Each object's colour comes from a known distribution that its "
        "lightness does not give away, so the best possible prediction is known exactly.",
        photos="any number; 2,000 (train) and 500 (val) unless `limit` says otherwise",
        licence="MIT, as the course",
        bad_at="being the world: a network trained on it alone does not colour real photos",
        lessons=("01", "02", "03", "04", "05", "06", "07"),
        fetch="built in",
        home="`coursekit/datasets/scenes`",
    ),
    Card(
        name="skimage",
        title="scikit-image's photographs",
        what="The colour photographs that scikit-image installs with itself: astronaut, chelsea "
        "(a cat), coffee, motorcycle, rocket (class everyday); a Hubble deep field, a stained "
        "tissue, a retina (class scientific).",
        photos="8: 6 train, 2 val (coffee and retina)",
        licence="public domain or CC0, photo by photo: see the docstrings of `skimage.data`",
        bad_at="everything that needs more than eight photos; good for looking at colour spaces",
        lessons=("00", "07"),
        fetch="built in",
        home="https://scikit-image.org/docs/stable/api/skimage.data.html",
    ),
    Card(
        name="old_photographs",
        title="Old photographs that come with the course",
        what="Real black-and-white photographs of 1900 to 1941 (bw: a portrait, streets, a "
        "landscape), and two of Prokudin-Gorskii's glass plates of 1905 to 1915, each as one "
        "black-and-white exposure (prokudin_bw) and as the colour composite of all three "
        "(prokudin_color).",
        photos='8: 4 bw, 2 plates twice, all of them for looking at (`split="val"`)',
        licence="public domain, or no known restrictions (Library of Congress): `photos.csv` "
        "beside them says for each who took it and why it is free",
        bad_at="training: eight photos, half of them without colours to learn from",
        lessons=("00", "07"),
        fetch="built in",
        home="`coursekit/datasets/old_photographs`",
    ),
    Card(
        name="flowers",
        title="Flower photos (TensorFlow)",
        what="Flowers from Flickr: daisy, dandelion, roses, sunflowers, tulips. Vivid and varied: "
        "the course's first choice of real photos.",
        photos="3,670",
        licence="CC BY 2.0; the photographers are named in LICENSE.txt in the archive, the file "
        "name is the Flickr id",
        bad_at="roses and tulips come in every colour, so no network can know theirs; some photos "
        "are of people or vases; a few pairs are one photo in two gradings",
        lessons=("01", "02", "03", "04", "05", "06", "07"),
        tools=("train", "quality"),
        fetch="download",
        home="https://www.tensorflow.org/tutorials/load_data/images",
        url="https://download.tensorflow.org/example_images/flower_photos.tgz",
        bytes=228_813_984,
        sha256="4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
        pattern=FOLDER,
        counts={
            "daisy": (497, 122),
            "dandelion": (682, 171),
            "roses": (506, 126),
            "sunflowers": (557, 139),
            "tulips": (633, 157),
        },
    ),
    Card(
        name="cifar10",
        title="CIFAR-10",
        what="Tiny photos of ten kinds of thing: airplane, automobile, bird, cat, deer, dog, "
        "frog, horse, ship, truck.",
        photos="60,000 of 32×32: 50,000 train, 10,000 val",
        licence="none stated",
        bad_at="detail: at 32 px texture is gone; about 3 % of the test photos have a "
        "near-identical one in the training part (ciFAIR, arXiv 1902.00423)",
        lessons=("02",),
        fetch="download",
        home="https://www.cs.toronto.edu/~kriz/cifar.html",
        url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        bytes=170_498_071,
        sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        arrays=True,
        size=32,
        counts=dict.fromkeys(
            "airplane automobile bird cat deer dog frog horse ship truck".split(), (5000, 1000)
        ),
    ),
    Card(
        name="imagenette",
        title="Imagenette (160 px)",
        what="Ten easily told classes of ImageNet, from tench to parachute.",
        photos="13,394: 9,469 train, 3,925 val",
        licence="ImageNet terms: non-commercial research and education",
        bad_at="rare colours; objects are small beside their surroundings, so a class says little "
        "about most pixels",
        lessons=("03",),
        tools=("train", "quality"),
        fetch="download",
        home="https://github.com/fastai/imagenette",
        url="https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
        bytes=99_003_388,
        sha256="64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5",
        pattern=r"(?:.*/)?(?P<split>train|val)/(?P<cls>n\d{8})/[^/]+",
        rename={
            "n01440764": "tench",
            "n02102040": "english_springer",
            "n02979186": "cassette_player",
            "n03000684": "chain_saw",
            "n03028079": "church",
            "n03394916": "french_horn",
            "n03417042": "garbage_truck",
            "n03425413": "gas_pump",
            "n03445777": "golf_ball",
            "n03888257": "parachute",
        },
        counts={
            "tench": (963, 387),
            "english_springer": (955, 395),
            "cassette_player": (993, 357),
            "chain_saw": (858, 386),
            "church": (941, 409),
            "french_horn": (956, 394),
            "garbage_truck": (961, 389),
            "gas_pump": (931, 419),
            "golf_ball": (951, 399),
            "parachute": (960, 390),
        },
    ),
    Card(
        name="pets",
        title="Cats vs dogs (Asirra)",
        what="Cats and dogs at home: fur in near-grey browns, the classic mix on which regression "
        "turns brown.",
        photos="25,000 in the archive; 1,738 are listed as corrupt, and those that cannot be read "
        "are skipped",
        licence="research use (Asirra, Kaggle's Dogs vs. Cats)",
        bad_at="vivid colour: most pixels are near grey; cages and sofas tell more than fur",
        tools=("train",),
        fetch="download",
        home="https://www.microsoft.com/en-us/download/details.aspx?id=54765",
        url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
        "kagglecatsanddogs_5340.zip",
        bytes=824_887_076,
        sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
        # also Kaggle's own train.zip: train/cat.0.jpg
        pattern=r"(?:.*/)?(?P<cls>cat|dog)[./]\d+\.jpg",
    ),
    Card(
        name="landscapes",
        title="Intel scene photos: nature",
        what="Forest, glacier, mountain and sea at 150×150: classes whose colour a small network "
        "learns well.",
        photos="about 11,500: 9,461 train, 2,062 val",
        licence="no explicit licence",
        bad_at="size (150 px at most) and labels: glacier and mountain overlap",
        lessons=("01", "03"),
        tools=("train", "quality"),
        fetch="by hand",
        home="https://www.kaggle.com/datasets/puneet6060/intel-image-classification",
        steps="Log in at Kaggle and download `archive.zip` from the page below.",
        pattern=r"(?:.*/)?(?:seg_)?(?P<split>train|test)/(?P<cls>forest|glacier|mountain|sea)/[^/]+",
        counts={
            "forest": (2271, 474),
            "glacier": (2404, 553),
            "mountain": (2512, 525),
            "sea": (2274, 510),
        },
    ),
    Card(
        name="urban",
        title="Intel scene photos: town",
        what="Buildings and streets, from the same archive as landscapes: the near-grey opposite "
        "of flowers.",
        photos="about 5,500: 4,573 train, 938 val",
        licence="no explicit licence",
        bad_at="vivid colour: two thirds of its pixels are near grey",
        lessons=("01", "03"),
        tools=("train",),
        fetch="by hand",
        home="https://www.kaggle.com/datasets/puneet6060/intel-image-classification",
        steps="Log in at Kaggle and download `archive.zip` from the page below.",
        pattern=r"(?:.*/)?(?:seg_)?(?P<split>train|test)/(?P<cls>buildings|street)/[^/]+",
        counts={"buildings": (2191, 437), "street": (2382, 501)},
    ),
    Card(
        name="photos",
        title="BSDS500",
        what="Berkeley's segmentation photos of nature, people and things, kept at 256 px: good "
        "pairs for looking at.",
        photos="300: 200 train, 100 val (the 200 test photos are left out)",
        licence="non-commercial research and education",
        bad_at="training: too few; no classes",
        lessons=("01", "07"),
        tools=("quality",),
        fetch="by hand",
        home="https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html",
        steps="Download `BSR_bsds500.tgz` from the page below.",
        pattern=r"(?:.*/)?images/(?P<split>train|val)/[^/]+",
        size=256,
        counts={"photo": (200, 100)},
    ),
    Card(
        name="historic",
        title="Old photographs",
        what="Black-and-white (bw) and toned (sepia) photographs of 1850 to 1945, and "
        "Prokudin-Gorskii's glass plates of 1905 to 1915: the plate with its three exposures "
        "(prokudin_plate), one of them as a real black-and-white photo (prokudin_bw), and the "
        "composite in true colours (prokudin_color).",
        photos='as many as you collect, all of them for looking at (`split="val"`)',
        licence="public domain by age, or no known restrictions (Library of Congress); check each "
        "photo's page",
        bad_at="training: most have no colour to learn from; stains and fading look like content",
        lessons=("07",),
        tools=("quality",),
        fetch="by hand",
        home="https://www.loc.gov/collections/prokudin-gorskii/",
        steps="Collect photos from the page below, or your own, into one folder: old photographs "
        "into its sub-folder `bw` (what is toned becomes class sepia), plates into `prokudin` as "
        "`NUMBER_plate.jpg`, `NUMBER_bw.jpg` and `NUMBER_color.jpg`.",
        pattern=r"(?:.*/)?(?P<cls>bw|prokudin)/"
        r"(?:(?<=bw/)[^/]+|(?<=prokudin/)\w+?(?P<part>_plate|_bw|_color)\.\w+)",
        split="val",
        toned={"bw": "sepia"},
        size=256,
        keep_grey=True,
    ),
]
CARDS = {card.name: card for card in _CARDS}


def names() -> list[str]:
    """List all data sets.

    Returns
    -------
    list of str
        Their names, those that need no network first.
    """
    return [*CARDS]


def card(name: str) -> Card:
    """Look up the card of a data set.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Card
        What is known of the set.

    Raises
    ------
    DatasetError
        If there is no such set; it names the closest.

    Examples
    --------
    >>> card("flowers").licence.split(";")[0]
    'CC BY 2.0'
    """
    if name in CARDS:
        return CARDS[name]
    raise DatasetError(
        f"no data set {name!r}{closest(name, CARDS)}; there are: {', '.join(CARDS)}; "
        "or give the path of a folder or zip of photos"
    )


def find(name: str | os.PathLike) -> Card | Path:
    """Find out what a reader means by a name; a set wins over a folder of that name.

    Parameters
    ----------
    name : str or path-like
        One of `names`, or a path; for a folder that is called as a set write ``./flowers``.

    Returns
    -------
    Card or Path
        The card of the set, or the path.

    Raises
    ------
    DatasetError
        If it is neither a set nor a path that exists; it names the closest set.
    """
    if name in CARDS:
        return CARDS[name]
    path = Path(name).expanduser()
    return path if isinstance(name, os.PathLike) or path.exists() else card(name)


def closest(word: str, choices: Iterable[str]) -> str:
    """Ask whether the nearest of the choices was meant.

    Parameters
    ----------
    word : str
        What was given.
    choices : iterable of str
        What there is.

    Returns
    -------
    str
        A question in brackets after a space, or nothing if no choice is near.

    Examples
    --------
    >>> closest("flowres", ["scenes", "flowers"])
    " (did you mean 'flowers'?)"
    """
    near = difflib.get_close_matches(str(word).lower(), [str(c) for c in choices], 1)
    return f" (did you mean {near[0]!r}?)" if near else ""

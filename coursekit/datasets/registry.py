"""The cards: every fact about a data set stands here and nowhere else."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field


class DatasetError(ValueError):
    """A data set, split, class or file that cannot be had; the message says the way out."""


@dataclass(frozen=True)
class Card:
    """Facts about one data set; `str(card)` is its section in datasets.md."""

    name: str
    title: str
    what: str
    photos: str
    licence: str
    bad_at: str
    lessons: tuple[str, ...]
    fetch: str  # "built in", "download" or "by hand"
    home: str
    steps: str = ""  # by hand: what the reader does to get the file
    url: str = ""
    bytes: int | None = None
    sha256: str = ""
    # How a photo's path inside the archive tells its class and split; what does not match is left out.
    pattern: str = field(default=r"", repr=False)
    rename: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    side: int = 128  # short side in the cache, pixels
    keep_grey: bool = False
    arrays: bool = False  # pickled arrays instead of photo files

    def __str__(self) -> str:
        size = f"{self.bytes:,} bytes" if self.bytes else "not published"
        get = {
            "built in": "comes with the course, no network needed",
            "download": f"`coursekit data get {self.name}`, from {self.url}",
            "by hand": f"{self.steps} Then `coursekit data get {self.name} --from FILE`",
        }[self.fetch]
        lines = [
            f"## {self.name}",
            "",
            f"**{self.title}.** {self.what}",
            "",
            f"- Photos: {self.photos}",
            f"- Licence: {self.licence}",
            f"- Bad at: {self.bad_at}",
            f"- Lessons: {', '.join(self.lessons)}",
            f"- How to get it: {get}",
        ]
        if self.fetch != "built in":
            checksum = f"`{self.sha256}`" if self.sha256 else "none published"
            lines += [f"- Size: {size}", f"- SHA-256: {checksum}"]
        return "\n".join([*lines, f"- Page: {self.home}"])


FOLDER = r"(?:.*/)?(?P<cls>[^/]+)/[^/]+"  # the class is the folder
FLAT = r".*"  # one class, named "photo"

_CARDS = [
    Card(
        name="scenes",
        title="Drawn scenes",
        what="Landscapes with flowers, balloons, houses and animals, drawn by code at any size from 32 to "
        "256 px. Each object's colour comes from a known distribution that its lightness does not "
        "give away, so the best possible prediction is known exactly.",
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
        what="The colour photographs that scikit-image installs with itself: astronaut, chelsea (a cat), "
        "coffee, motorcycle, rocket (class everyday); a Hubble deep field, a stained tissue, a retina"
        " (class scientific).",
        photos="8: 6 train, 2 val (coffee and retina)",
        licence="public domain or CC0, photo by photo: see the docstrings of `skimage.data`",
        bad_at="everything that needs more than eight photos; good for looking at colour spaces",
        lessons=("00", "01", "02"),
        fetch="built in",
        home="https://scikit-image.org/docs/stable/api/skimage.data.html",
    ),
    Card(
        name="flowers",
        title="Flower photos (TensorFlow)",
        what="Flowers from Flickr: daisy, dandelion, roses, sunflowers, tulips. Vivid and varied: the "
        "course's first choice of real photos.",
        photos="3,670",
        licence="CC BY 2.0; the photographers are named in LICENSE.txt in the archive, the file name is the "
        "Flickr id",
        bad_at="roses and tulips come in every colour, so no network can know theirs; some photos are of "
        "people or vases; a few pairs are one photo in two gradings",
        lessons=("01", "02", "03", "04", "05", "06", "07"),
        fetch="download",
        home="https://www.tensorflow.org/tutorials/load_data/images",
        url="https://download.tensorflow.org/example_images/flower_photos.tgz",
        bytes=228_813_984,
        sha256="4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
        pattern=FOLDER,
    ),
    Card(
        name="cifar10",
        title="CIFAR-10",
        what="Tiny photos of ten kinds of thing: airplane, automobile, bird, cat, deer, dog, frog, horse, "
        "ship, truck.",
        photos="60,000 of 32×32: 50,000 train, 10,000 val",
        licence="none stated",
        bad_at="detail: at 32 px texture is gone; about 3 % of the test photos have a near-identical one in "
        "the training part (ciFAIR, arXiv 1902.00423)",
        lessons=("02", "03"),
        fetch="download",
        home="https://www.cs.toronto.edu/~kriz/cifar.html",
        url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        bytes=170_498_071,
        sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        arrays=True,
    ),
    Card(
        name="cifar100",
        title="CIFAR-100",
        what="As CIFAR-10, with a hundred kinds of thing.",
        photos="60,000 of 32×32: 50,000 train, 10,000 val",
        licence="none stated",
        bad_at="detail, as CIFAR-10; 500 training photos a class; about 10 % of the test photos have a "
        "near-identical one in the training part (ciFAIR, arXiv 1902.00423)",
        lessons=("02",),
        fetch="download",
        home="https://www.cs.toronto.edu/~kriz/cifar.html",
        url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
        bytes=169_001_437,
        sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        arrays=True,
    ),
    Card(
        name="imagenette",
        title="Imagenette (160 px)",
        what="Ten easily told classes of ImageNet, from tench to parachute.",
        photos="13,394: 9,469 train, 3,925 val",
        licence="ImageNet terms: non-commercial research and education",
        bad_at="rare colours; objects are small beside their surroundings, so a class says little about most"
        " pixels",
        lessons=("03", "07"),
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
    ),
    Card(
        name="pets",
        title="Cats vs dogs (Asirra)",
        what="Cats and dogs at home: fur in near-grey browns, the classic mix on which regression turns "
        "brown.",
        photos="25,000 in the archive; 1,738 are listed as corrupt, and those that cannot be read are "
        "skipped",
        licence="research use (Asirra, Kaggle's Dogs vs. Cats)",
        bad_at="vivid colour: most pixels are near grey; cages and sofas tell more than fur",
        lessons=("02", "03"),
        fetch="download",
        home="https://www.microsoft.com/en-us/download/details.aspx?id=54765",
        url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
        "kagglecatsanddogs_5340.zip",
        bytes=824_887_076,
        sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
        pattern=r"(?:.*/)?(?P<cls>cat|dog)[./]\d+\.jpg",  # also Kaggle's own train.zip: train/cat.0.jpg
    ),
    Card(
        name="oxford_pets",
        title="Oxford-IIIT Pet",
        what="37 breeds of cat and dog, about 200 photos each: one breed is one class that a small network"
        " can learn.",
        photos="7,390",
        licence="CC BY-SA 4.0",
        bad_at="anything but pets; many breeds differ in shape and not in colour",
        lessons=("02",),
        fetch="download",
        home="https://www.robots.ox.ac.uk/~vgg/data/pets/",
        url="https://thor.robots.ox.ac.uk/~vgg/data/pets/images.tar.gz",
        bytes=791_918_971,
        sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
        pattern=r"(?:.*/)?(?P<cls>[A-Za-z_]+)_\d+\.jpg",
    ),
    Card(
        name="coco",
        title="COCO val2017",
        what="Everyday scenes with many objects each: as mixed as photos get.",
        photos="5,000",
        licence="Flickr terms, photo by photo",
        bad_at="small networks: too varied for them; no classes; a few photos are grey and left out",
        lessons=("04",),
        fetch="download",
        home="https://cocodataset.org/#download",
        url="http://images.cocodataset.org/zips/val2017.zip",
        bytes=815_585_330,
        sha256="4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
        pattern=FLAT,
    ),
    Card(
        name="oxford_buildings",
        title="Oxford Buildings",
        what="Oxford's landmarks, many photos of each: stone, sky and lawn, a category on which small "
        "networks do well.",
        photos="5,062",
        licence="unclear: photos from Flickr, no licence given",
        bad_at="fair tests: many photos of one facade; names come from search words, so some photos show "
        "other things",
        lessons=("06",),
        fetch="download",
        home="https://www.robots.ox.ac.uk/~vgg/data/oxbuildings/",
        url="https://www.robots.ox.ac.uk/~vgg/data/oxbuildings/oxbuild_images.tgz",
        pattern=r"(?:.*/)?(?P<cls>[A-Za-z_]+)_\d+\.jpg",
    ),
    Card(
        name="lamem",
        title="LaMem",
        what="Photos collected to measure how well people remember them; very mixed.",
        photos="about 60,000",
        licence="research use",
        bad_at="laptops: several gigabytes; no classes",
        lessons=("04",),
        fetch="download",
        home="http://memorability.csail.mit.edu/",
        url="http://memorability.csail.mit.edu/lamem.tar.gz",
        pattern=FLAT,
    ),
    Card(
        name="landscapes",
        title="Intel scene photos: nature",
        what="Forest, glacier, mountain and sea at 150×150: classes whose colour a small network learns "
        "well.",
        photos="about 11,500: 9,461 train, 2,062 val",
        licence="no explicit licence",
        bad_at="size (150 px at most) and labels: glacier and mountain overlap",
        lessons=("02", "03", "04"),
        fetch="by hand",
        home="https://www.kaggle.com/datasets/puneet6060/intel-image-classification",
        steps="Log in at Kaggle and download `archive.zip` from the page below.",
        pattern=r"(?:.*/)?(?:seg_)?(?P<split>train|test)/(?P<cls>forest|glacier|mountain|sea)/[^/]+",
    ),
    Card(
        name="urban",
        title="Intel scene photos: town",
        what="Buildings and streets, from the same archive as landscapes: the near-grey opposite of flowers.",
        photos="about 5,500: 4,573 train, 938 val",
        licence="no explicit licence",
        bad_at="vivid colour: two thirds of its pixels are near grey",
        lessons=("02", "03", "04"),
        fetch="by hand",
        home="https://www.kaggle.com/datasets/puneet6060/intel-image-classification",
        steps="Log in at Kaggle and download `archive.zip` from the page below.",
        pattern=r"(?:.*/)?(?:seg_)?(?P<split>train|test)/(?P<cls>buildings|street)/[^/]+",
    ),
    Card(
        name="photos",
        title="BSDS500",
        what="Berkeley's segmentation photos of nature, people and things, kept at 256 px: good pairs for "
        "looking at.",
        photos="300: 200 train, 100 val (the 200 test photos are left out)",
        licence="non-commercial research and education",
        bad_at="training: too few; no classes",
        lessons=("07",),
        fetch="by hand",
        home="https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html",
        steps="Download `BSR_bsds500.tgz` from the page below.",
        pattern=r"(?:.*/)?images/(?P<split>train|val)/[^/]+",
        side=256,
    ),
    Card(
        name="landscape_pictures",
        title="Landscape Pictures",
        what="Landscapes from Flickr in full size: mountains, deserts, seas, islands, Japan.",
        photos="4,319",
        licence="CC0",
        bad_at="classes: it has none; a few photos are strongly graded or nearly grey",
        lessons=("02",),
        fetch="by hand",
        home="https://www.kaggle.com/datasets/arnaud58/landscape-pictures",
        steps="Log in at Kaggle and download `archive.zip` from the page below.",
        pattern=FLAT,
    ),
    Card(
        name="synsets",
        title="ImageNet synsets",
        what="Three categories of the six-model study: alp, pasqueflower and flora.",
        photos="as many as you download; the study used 400 train and 200 test photos a category",
        licence="ImageNet terms: non-commercial research and education",
        bad_at="being had: it needs an account, and ImageNet's contents have changed since the study",
        lessons=("06",),
        fetch="by hand",
        home="https://www.image-net.org/download.php",
        steps="Log in at ImageNet, download the synsets, and unpack them into one folder with a sub-folder "
        "a category.",
        pattern=FOLDER,
    ),
    Card(
        name="historic",
        title="Old photographs",
        what="Black-and-white and sepia photographs of 1850 to 1945, and Prokudin-Gorskii's glass plates "
        "of 1905 to 1915: three exposures that give both a real black-and-white photo and its true "
        "colours.",
        photos='as many as you collect, all of them for looking at (`split="val"`)',
        licence="public domain by age, or no known restrictions (Library of Congress); check each photo's "
        "page",
        bad_at="training: most have no colour to learn from; stains and fading look like content",
        lessons=("00", "07"),
        fetch="by hand",
        home="https://www.loc.gov/collections/prokudin-gorskii/",
        steps="Collect photos from the page below, or your own, into a folder whose sub-folders are the "
        "classes.",
        pattern=FOLDER,
        side=256,
        keep_grey=True,
    ),
]
CARDS = {card.name: card for card in _CARDS}


def names() -> list[str]:
    """Names of all data sets, those that need no network first."""
    return [*CARDS]


def card(name: str) -> Card:
    """The card of a data set; DatasetError with the closest names if there is none."""
    if name in CARDS:
        return CARDS[name]
    raise DatasetError(
        f"no data set {name!r}{closest(name, CARDS)}; there are: {', '.join(CARDS)}; "
        "or give the path of a folder or zip of photos"
    )


def closest(word: str, choices) -> str:
    """' (did you mean …?)', or nothing if no choice is near."""
    near = difflib.get_close_matches(str(word).lower(), [str(c) for c in choices], 1)
    return f" (did you mean {near[0]!r}?)" if near else ""

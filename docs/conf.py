"""Sphinx's settings. What it reads is not this folder but what `coursekit site` stages from it."""

import importlib
import re
import sys
from pathlib import Path

from sphinx.ext.autodoc.mock import MockFinder

import coursekit
from coursekit.tools.site import pages

ROOT = Path(coursekit.__file__).parents[1]
REPOSITORY = pages.repository(ROOT)
OWNER, _, NAME = REPOSITORY.name.partition("/")

project = "Automatic image colorization"
author = "the authors of the course"
copyright = "the authors; text CC BY 4.0, code MIT"  # noqa: A001 - Sphinx's name
release = version = coursekit.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinxext.opengraph",
    "notfound.extension",
]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["_static"]

# Lessons are shown as they were stored.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline", "deflist"]
myst_heading_anchors = 4
suppress_warnings = [
    "mystnb.unknown_mime_type",
    "myst.header",  # a card may begin with its second heading
    "misc.highlighting_failure",  # IPython's %pip
]

# Keras and its backends are not needed to read docstrings, and take seconds to start. Not autodoc
# alone imports: the source that is shown is found by importing too.
sys.meta_path.insert(0, MockFinder(["keras", "tensorflow", "jax", "torch"]))
saving = importlib.import_module("keras.saving")
saving.register_keras_serializable = lambda **options: lambda decorated: decorated
autodoc_typehints = "none"  # types stand in the docstrings
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# A copy of the site's own: pages ask no other server.
mathjax_path = "mathjax/tex-mml-chtml.js"

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_context = {"default_mode": "auto"}
html_favicon = "_static/favicon.svg"
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "path_to_docs": "docs",
    "show_navbar_depth": 1,
}
# An address that nobody has set yet is no link.
if REPOSITORY.known:
    html_theme_options |= {
        "repository_url": f"https://github.com/{REPOSITORY.name}",
        "repository_branch": REPOSITORY.ref,
        "use_repository_button": True,
        "use_issues_button": True,
    }
html_baseurl = f"https://{OWNER.lower()}.github.io/{NAME}/" if REPOSITORY.known else ""

# Cards that other sites show of a page need its whole address.
ogp_site_url = html_baseurl or "http://localhost/"
ogp_site_name = project
ogp_description_length = 200
ogp_social_cards = {"enable": bool(REPOSITORY.known), "line_color": "#c0392b"}

# Pages that are not found may be asked for at any depth.
notfound_urls_prefix = f"/{NAME}/" if REPOSITORY.known else "/"


def setup(app: object) -> None:
    """Leave out what Keras calls and nobody else, and mend what Sphinx writes."""
    called = {"call", "build", "get_config", "from_config", "compute_output_shape"}
    app.connect(
        "autodoc-skip-member", lambda app, what, name, item, skip, options: skip or name in called
    )
    app.connect("html-page-context", _mended)


def _mended(app: object, page: str, template: str, context: dict, doctree: object) -> None:
    """Mend a page, where it has a body."""
    body = context.get("body", "")
    # A list of references is none for a screen reader: what is in it are no items of a list.
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    # From the source back to a docstring that stands under its module's name, and not its room's.
    context["body"] = re.sub(r'<a class="viewcode-back"[^>]*>\[docs\]</a>', "", body)

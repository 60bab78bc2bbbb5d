"""`coursekit site`: from a clone to build/site/, which any web server can serve."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from coursekit.tools.site import models, pages, pictures

# What pages run: where npm puts it, and in which folder of the site's static files it comes to lie.
# Of onnxruntime-web it is the part that runs everywhere; others are for graphics cards.
FETCHED = {
    "onnxruntime-web/dist/ort.wasm.min.mjs": "runtime",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs": "runtime",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm": "runtime",
    "mathjax/es5/tex-mml-chtml.js": "mathjax",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
}


def build(root: Path, out: Path) -> Path:
    """Build the site.

    Parameters
    ----------
    root : Path
        The top folder of a clone.
    out : Path
        Where to; what an earlier build left there and is unchanged is not built again.

    Returns
    -------
    Path
        The folder to serve.

    Raises
    ------
    FileNotFoundError
        If this is no clone, or npm has not fetched what pages need.
    RuntimeError
        If Sphinx fails or warns, of a broken link for one; it has said why.
    """
    docs = root / "docs"
    if not (docs / "conf.py").is_file():
        raise FileNotFoundError(f"{docs}: no conf.py; the site is built in a clone of the course")
    fetched = docs / "node_modules"
    if missing := [name for name in FETCHED if not (fetched / name).exists()]:
        raise FileNotFoundError(
            f"{fetched / missing[0]}: not there; fetch it once with Node.js: npm ci --prefix docs"
        )
    source, site = out / "source", out / "html"
    pages.stage(root, source)
    static = source / "_static"
    for name, folder in FETCHED.items():
        if (fetched / name).is_dir():
            shutil.copytree(fetched / name, static / folder)
        else:
            (static / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(fetched / name, static / folder)
    models.write(static / "models")
    pictures.write(static / "frames")
    command = [sys.executable, "-m", "sphinx", "--builder", "dirhtml", "--quiet"]
    command += ["--fail-on-warning", "--doctree-dir", out / "doctrees", source, site]
    if subprocess.call(list(map(str, command))):
        raise RuntimeError("Sphinx could not build the site; what it says above names the page")
    # Hosts of pages look for it under this name.
    shutil.copy(site / "404/index.html", site / "404.html")
    return site

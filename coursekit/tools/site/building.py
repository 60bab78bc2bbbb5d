"""`coursekit site`: from a clone to build/site/, which any web server can serve."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from coursekit.tools.site import models, pages, pictures

# The part of onnxruntime-web that runs everywhere; the others are for graphics cards.
RUNTIME = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


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
    runtime = docs / "node_modules/onnxruntime-web/dist"
    if not all((runtime / name).is_file() for name in RUNTIME):
        raise FileNotFoundError(
            f"{runtime}: not there; fetch it once with Node.js: npm ci --prefix docs"
        )
    source, site = out / "source", out / "html"
    pages.stage(root, source)
    static = source / "_static"
    (static / "runtime").mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copy(runtime / name, static / "runtime")
    models.write(static / "models")
    pictures.write(static / "frames")
    command = [sys.executable, "-m", "sphinx", "--builder", "dirhtml", "--quiet"]
    command += ["--fail-on-warning", "--doctree-dir", out / "doctrees", source, site]
    if subprocess.call(list(map(str, command))):
        raise RuntimeError("Sphinx could not build the site; what it says above names the page")
    # Hosts of pages look for it under this name.
    shutil.copy(site / "404/index.html", site / "404.html")
    return site

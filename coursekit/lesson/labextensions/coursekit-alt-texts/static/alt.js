// JupyterLab draws an output's picture without the alt text that stands in its metadata, and a slider's handle without
// the slider's name, so that a screen reader says nothing of them. This puts both there, for what was just drawn and for
// what is stored in a notebook. What JupyterLab leaves without a name or a role around the cells gets one too.
// Written by hand in the form in which JupyterLab loads extensions that were built: nothing is to be compiled.
(() => {
  const KINDS = ["image/png", "image/jpeg"];

  // The outputs of a cell, each with the element that shows it.
  function outputs(panel) {
    return (panel.content?.widgets ?? []).flatMap(({ outputArea }) =>
      (outputArea?.widgets ?? []).map((shown, at) => [shown.node, outputArea.model.get(at)]));
  }

  function altText(output) {
    const said = KINDS.map((kind) => output?.metadata?.[kind]?.alt).find(Boolean);
    return said ?? /^<Figure: (.*)>$/s.exec(output?.data?.["text/plain"] ?? "")?.[1];
  }

  // A widget's picture has no text of its own; its controls, which stand beside it, are read.
  const DRAWN = "the picture that these controls draw";

  // A table that is printed is read by its columns: where it is wider than the window, it scrolls and does not wrap.
  const STYLE = "pre.coursekit-table { white-space: pre !important; word-break: normal; overflow-x: auto; }";
  const ROWS = 3; // of a table, at least; anything shorter is a sentence

  function letTablesScroll() {
    for (const text of document.querySelectorAll(".jp-OutputArea-output pre")) {
      const lines = text.textContent.trim().split("\n").length;
      text.classList.toggle("coursekit-table", lines >= ROWS);
      if (text.scrollWidth > text.clientWidth) text.tabIndex = 0; // so that keys scroll it
    }
  }

  // What axe-core finds in any notebook, whatever its cells hold.
  function nameTheRest() {
    for (const button of document.querySelectorAll(".jp-collapseHeadingButton:not([aria-label])")) {
      button.setAttribute("aria-label", "fold or unfold this section");
    }
    for (const editor of document.querySelectorAll(".jp-Cell .cm-content:not([aria-label])")) {
      editor.setAttribute("aria-label", editor.closest(".jp-CodeCell") ? "code" : "text");
    }
    // A feed holds articles.
    for (const cell of document.querySelectorAll("[role=feed] > .jp-Cell:not([role])")) cell.setAttribute("role", "article");
    // ipywidgets writes what a widget without a tooltip has for one: null.
    for (const widget of document.querySelectorAll(".jp-OutputArea-output [title=null]")) widget.removeAttribute("title");
    // An element without a role cannot be pressed, nor be said not to be.
    for (const button of document.querySelectorAll("jp-button[aria-pressed=false]")) button.removeAttribute("aria-pressed");
  }

  function describe(app) {
    nameTheRest();
    letTablesScroll();
    for (const image of document.querySelectorAll("img.widget-image:not([alt])")) image.alt = DRAWN;
    for (const handle of document.querySelectorAll(".jupyter-widgets .noUi-handle:not([aria-label])")) {
      const name = handle.closest(".jupyter-widgets").querySelector(".widget-label")?.textContent;
      if (name) handle.setAttribute("aria-label", name);
    }
    const bare = [...document.querySelectorAll(".jp-RenderedImage img:not([alt])")];
    if (!bare.length) return;
    const all = [...app.shell.widgets("main")].flatMap(outputs);
    for (const image of bare) {
      const alt = altText(all.find(([node]) => node.contains(image))?.[1]);
      if (alt) image.alt = alt;
    }
  }

  const plugin = {
    id: "coursekit-alt-texts:plugin",
    autoStart: true,
    activate: (app) => {
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
      window.addEventListener("resize", letTablesScroll);
      // Once a frame, however much was added: a notebook of a hundred figures is drawn at once.
      let waiting = false;
      const look = () => {
        waiting = false;
        describe(app);
      };
      new MutationObserver(() => {
        if (!waiting) requestAnimationFrame(look);
        waiting = true;
      }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["title"] });
      look();
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["coursekit-alt-texts"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();

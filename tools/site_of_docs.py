"""Make a static site of ``docs/``: ``site_of_docs.py [FOLDER | --check]``, by default in ``dist/docs``.

The pages are Markdown that reads well where the code lies. For the site they are copied into a folder of their own with
three changes: a folder's ``README.md`` becomes its ``index.md``, the headings of ``docs/README.md`` become the site's
contents, and the notebook becomes a page. Links follow, and links to files outside ``docs/`` become the file's name or,
for the papers that a reader asks for, a page. Sphinx then builds it with every warning an error, so that a link or an
anchor that leads nowhere stops it. The site needs no server: its search works from a folder.
``--check`` builds it and keeps nothing.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

PAPERS = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
"""Files of the checkout that become pages as well."""

SETTINGS = """\
project = "pilotzone"
author = "pilotzone developers"
project_copyright = author
version = release = {version!r}
extensions = ["myst_parser"]
root_doc = "index"
# Every heading can be linked to, by the names that code hosts give to headings.
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"pilotzone {{release}}"
html_copy_source = False
html_show_sourcelink = False
# Summaries of what was found are fetched, which a browser does not do for files in a folder.
html_show_search_summary = False
# Blocks of output are marked `text`; what Pygments cannot read in full is shown plain.
suppress_warnings = ["misc.highlighting_failure"]
"""

FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<target>[^)\s]+)\)")


def page_of(path: str) -> str:
    """Return where a file of the checkout stands in the site, both with slashes; empty if it is not in the site."""
    if path in PAPERS:
        return PAPERS[path]
    inside = posixpath.relpath(path, "docs")
    if inside.startswith(".."):
        return ""
    folder, name = posixpath.split(inside)
    if name == "README.md":
        return posixpath.join(folder, "index.md")
    stem, ending = posixpath.splitext(inside)
    return f"{stem}.md" if ending == ".ipynb" else inside


def relinked(text: str, path: str) -> str:
    """Return a page with its links as the site has them.

    Parameters
    ----------
    text
        Markdown.
    path
        Of its file in the checkout, with slashes.

    Raises
    ------
    SystemExit
        If a link leads to a file that is not there.
    """
    here = posixpath.dirname(page_of(path))

    def link(found: re.Match[str]) -> str:
        target = found["target"]
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return found[0]
        file, hash_, anchor = target.partition("#")
        named = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        if not (ROOT / named).exists():
            sys.exit(f"docs: {path} links to {target}, which is not there")
        page = page_of(f"{named}/README.md" if (ROOT / named / "README.md").is_file() else named)
        # What is not in the site keeps its name: the address of the code differs from copy to copy.
        return (
            f"{found['text']}({posixpath.relpath(page, here)}{hash_}{anchor})"
            if page
            else found["text"].lstrip("!")[1:-1]
        )

    # Blocks of code are left as they are.
    pieces, at = [], 0
    for block in FENCE.finditer(text):
        pieces += [LINK.sub(link, text[at : block.start()]), block[0]]
        at = block.end()
    return "".join([*pieces, LINK.sub(link, text[at:])])


def contents(text: str) -> str:
    """Return the tables of contents of the site: a part for each heading of the first page, a page for each link."""
    parts = []
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        pages = [target for _, target in LINK.findall(body) if "#" not in target and not re.match(r"[a-z]+:", target)]
        parts.append("\n".join(["```{toctree}", ":hidden:", f":caption: {heading}", "", *dict.fromkeys(pages), "```"]))
    parts.append("\n".join(["```{toctree}", ":hidden:", ":caption: Project", "", *PAPERS.values(), "```"]))
    return "\n\n".join(parts) + "\n"


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown: its texts and its code; what it draws is drawn where it is run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    return "\n\n".join(f"```python\n{text}\n```" if kind == "code" else text for kind, text in texts) + "\n"


def index_of(folder: str, names: list[str]) -> str:
    """Return the table of contents that a folder's own index needs for its pages."""
    pages = sorted(posixpath.basename(page_of(name)) for name in names if posixpath.dirname(name) == folder)
    listed = [page for page in pages if page.endswith(".md") and page != "index.md"]
    return "\n".join(["", "```{toctree}", ":hidden:", "", *listed, "```", ""])


def stage(folder: Path) -> int:
    """Write the site's sources into an empty folder; return the number of pages."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in DOCS.rglob("*") if path.is_file())
    pages = 0
    for name in [*names, *PAPERS]:
        target = folder / page_of(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix != ".md":
            shutil.copyfile(ROOT / name, target)
            continue
        source = ROOT / name
        text = notebook_page(source) if source.suffix == ".ipynb" else source.read_text(encoding="utf-8")
        text = relinked(text, name)
        if name == "docs/README.md":
            text += "\n" + contents(text)
        elif target.name == "index.md":
            text += index_of(posixpath.dirname(name), names)
        target.write_text(text, encoding="utf-8")
        pages += 1
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    (folder / "conf.py").write_text(SETTINGS.format(version=version), encoding="utf-8")
    return pages


def build(target: Path) -> int:
    """Build the site into a folder, which is replaced; return the number of pages."""
    with tempfile.TemporaryDirectory() as name:
        sources, made = Path(name) / "sources", Path(name) / "site"
        sources.mkdir()
        pages = stage(sources)
        # Every warning is an error, and all of them are shown.
        strict = ["-W", "--keep-going", "-n", "-q", "-b", "html", "-d", str(Path(name) / "doctrees")]
        done = subprocess.run([sys.executable, "-m", "sphinx", *strict, str(sources), str(made)], check=False)
        if done.returncode:
            sys.exit("docs: the site could not be built; what Sphinx said stands above")
        (made / ".buildinfo").unlink(missing_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)
    return pages


def main(arguments: list[str]) -> None:
    """Build, and say where."""
    if arguments == ["--check"]:
        with tempfile.TemporaryDirectory() as name:
            print(f"docs: {build(Path(name) / 'site')} pages build, and all links inside lead somewhere")
        return
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        sys.exit("usage: site_of_docs.py [FOLDER | --check]")
    target = Path(arguments[0]) if arguments else ROOT / "dist" / "docs"
    pages = build(target)
    print(f"docs: {pages} pages are in {target}; open {target / 'index.html'}")


if __name__ == "__main__":
    main(sys.argv[1:])

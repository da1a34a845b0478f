"""What mkdocs does to our pages beyond its own work.

Pages link to headers, examples and other pages of the repository as files, so that they are right wherever the repository
is read. In the site every such file, and every header, becomes a page below source/ with its text highlighted; inline code
that names one of the library's types, functions or headers leads to its line; and what announces a code block
(<!-- from PATH -->) becomes the block's title.
"""

import json
import os
import pathlib
import re
import sys

from mkdocs.structure.files import File

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT / "docs" / "site"))
import pages  # noqa: E402
from definitions import Definitions, line_of  # noqa: E402

SOURCE_PAGES = "source/"
LANGUAGES = {".hpp": "cpp", ".cpp": "cpp", ".cuh": "cuda", ".cu": "cuda", ".py": "python", ".sh": "bash", ".txt": "cmake",
             ".cmake": "cmake", ".json": "json", ".jsonl": "json", ".yml": "yaml"}
CODE_PAGE = re.compile(r"source/.*\.(?:" + "|".join(suffix[1:] for suffix in LANGUAGES) + r")(?:\.md$|\.html|/|$)")
DEFINITIONS = Definitions(PROJECT)
STATIC = (".css", ".png", ".svg")


def site_path(path):
    """Where the site has a file of the repository, both as paths with slashes."""
    if path.startswith("docs/") and path.endswith(".md"):
        return path[len("docs/"):]
    return SOURCE_PAGES + path + ("" if path.endswith(".md") else ".md")


def repository_path(page):
    """The file of the repository that a page of the site is."""
    return page[len(SOURCE_PAGES):] if page.startswith(SOURCE_PAGES) else f"docs/{page}"


def target(page, link):
    """The file of the repository that a link in a page (a path of the repository) leads to."""
    path = os.path.normpath(os.path.join(os.path.dirname(page), link))
    return f"{path}/README.md" if (PROJECT / path).is_dir() else path


def linked(page):
    """The files that a page links to."""
    prose = pages.read((PROJECT / page).read_text(encoding="utf-8"))[1]
    found = {target(page, path) for _, _, path, _ in pages.links(prose) if path}
    return {path for path in found if (PROJECT / path).is_file()}


def source_page(path):
    """The page of a file that is no page itself."""
    text = (PROJECT / path).read_text(encoding="utf-8", errors="replace")
    name, language = os.path.basename(path), LANGUAGES.get(os.path.splitext(path)[1], "text")
    return (f"---\ntitle: {name}\nhide: [navigation, toc]\nsearch:\n  exclude: true\n---\n# {name}\n\n`{path}`\n\n"
            f"~~~~~~{language} linenums=\"1\"\n{text.rstrip()}\n~~~~~~\n")


def on_files(files, config):
    """Leaves out what is no page; adds a page for each header, and for each file outside docs/ that a page links to."""
    docs = os.path.abspath(config["docs_dir"])
    for file in list(files):
        if os.path.abspath(file.abs_src_path).startswith(docs + os.sep) and not file.src_uri.endswith((".md", *STATIC)):
            files.remove(file)  # the theme's own files lie elsewhere
    folder = pathlib.Path(config["site_dir"] + "_source")
    listed = pages.nav((PROJECT / "mkdocs.yml").read_text(encoding="utf-8"))
    waiting = [repository_path(file.src_uri) for file in files if file.src_uri.endswith(".md")]
    waiting += [repository_path(page) for _, page in listed if page.startswith(SOURCE_PAGES)]
    waiting += [path.relative_to(PROJECT).as_posix() for path in (PROJECT / "include").rglob("*.hpp")]
    seen = set()
    while waiting:
        path = waiting.pop()
        if path in seen or not (PROJECT / path).is_file():
            continue
        seen.add(path)
        if path.endswith(".md"):
            waiting += linked(path)
        page = site_path(path)
        if page.startswith(SOURCE_PAGES):
            copy = folder / page
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = (PROJECT / path).read_text(encoding="utf-8") if path.endswith(".md") else source_page(path)
            copy.write_text(text, encoding="utf-8")
            files.append(File(page, str(folder), config["site_dir"], config["use_directory_urls"]))
    return files


class Linker:
    """Turns the links of one page into links of the site, and inline code that names something into links."""

    PLACE = re.compile(rf"(?P<kept>^#.*$)|{pages.LINK.pattern}|(?<!`)`(?P<code>[^`\n]+)`(?!`)", re.MULTILINE)

    def __init__(self, page, known):
        self.page, self.repository, self.known = page, repository_path(page), known

    def prose(self, lines):
        return self.PLACE.sub(self.link, "\n".join(lines))

    def link(self, match):
        if match.group("kept"):
            return match.group()
        if match.group("code"):
            return self.code(match.group("code"))
        text, (path, _, anchor) = match.group(2), match.group(3).partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return match.group()
        to = target(self.repository, path)
        name = re.match(r"^`([\w:]+)", text)
        if name and not anchor and not to.endswith(".md"):
            anchor = line_anchor(line_of(PROJECT / to, name.group(1).rpartition("::")[2]))
        return self.to(text, to, anchor)

    def code(self, code):
        concept = "docs/concepts/" + re.sub(r"(?<!^)(?=[A-Z])", "_", code).lower() + ".md"
        if re.match(r"^[A-Z]\w+$", code) and (PROJECT / concept).is_file():
            found = (concept, None)
        elif self.repository == "docs/catalogue.md" and code in DEFINITIONS.parts:
            found = DEFINITIONS.parts[code]
        else:
            found = DEFINITIONS.find(code)
        if found is None or found[0] == self.repository or site_path(found[0]) not in self.known:
            return f"`{code}`"
        return self.to(f"`{code}`", found[0], line_anchor(found[1]))

    def to(self, text, path, anchor):
        to = os.path.relpath(site_path(path), os.path.dirname(self.page) or ".")
        return f"[{text}]({to}{'#' if anchor else ''}{anchor})"


def line_anchor(number):
    """The place of a line in a page of code."""
    return f"__codelineno-0-{number}" if number else ""


def on_page_markdown(markdown, page, files, **_):
    """Links lead to the site's pages, and announced blocks have titles."""
    if CODE_PAGE.match(page.file.src_uri):
        return markdown
    linker = Linker(page.file.src_uri, {file.src_uri for file in files})
    out, prose, mark, title = [], [], None, ""
    lines = markdown.splitlines()
    for line, after in zip(lines, [*lines[1:], ""]):
        fence = pages.FENCE.match(line)
        if mark is not None:
            out.append(line)
            if fence and fence.group(2).startswith(mark) and not fence.group(3):
                mark = None
        elif fence:
            out += [linker.prose(prose), line.rstrip() + title]
            prose, mark, title = [], fence.group(2), ""
        elif pages.FENCE.match(after) and pages.ANNOUNCED.match(line):
            kind, path = pages.announcement(line)
            title = f' title="{path if kind == "from" else "printed by " + path}"' if path else ""
            prose.append("")
        else:
            prose.append(line)
    return "\n".join([*out, linker.prose(prose)]) + "\n"


def on_post_build(config, **_):
    """Searching finds pages about the code, not the code's own text. Newer themes leave it out by themselves."""
    index = pathlib.Path(config["site_dir"]) / "search" / "search_index.json"
    found = json.loads(index.read_text(encoding="utf-8"))
    found["docs"] = [entry for entry in found["docs"] if not CODE_PAGE.match(entry["location"])]
    index.write_text(json.dumps(found, separators=(",", ":")), encoding="utf-8")

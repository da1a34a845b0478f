"""Checks the documentation: README.md, docs/, and the README.md files of examples/ and benchmarks/.

Each fault is one line "path:line: what is wrong", and the exit code is 1. The rules:
  - a code block is announced on the line before it: <!-- from PATH -->, and is then a run of lines of that file, whatever
    its indentation there; a line "..." stands for lines left out. PATH is a file that a test compiles, runs or reads;
  - what is no code has the language "text" and is announced as <!-- diagram --> or <!-- output of PATH -->;
  - a link leads to a file and a heading that are there; a name in code that is the whole text of a link to a source file
    stands in that file;
  - a path or a header named in inline code exists;
  - every page of docs/ is in the navigation of mkdocs.yml, and every other page is linked from one that is found so;
  - no page names a place of some machine.

usage: check_docs.py [PROJECT_FOLDER]      (default: the folder that holds tests/)
"""

import os
import pathlib
import re
import sys

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT / "docs" / "site"))
import pages  # noqa: E402

TESTED = ("tests/", "examples/", "include/", "docs/", ".ci/", "cmake/", "packaging/", "benchmarks/compile_time/",
          "CMakeLists.txt", "CMakePresets.json")
SOURCES = (".hpp", ".cuh", ".cpp", ".cu", ".py", ".sh", ".cmake", ".txt")
SOURCE_PAGES = "source/"  # where the site has pages from outside docs/; see docs/site/hooks.py
MACHINE = re.compile(r"(?<![\w.:/~-])/(?:work|tmp|home|root|Users|mnt|data|opt)/\w")
LIST_ITEM = re.compile(r"(?:[-*+]|\d+\.)\s")
IN_CODE = re.compile(r"`([^`]+)`")
PROJECT_PATH = re.compile(r"^(?:include|tests|examples|docs|benchmarks|cmake|packaging)/[\w./*{},-]+$")
HEADER = re.compile(r"^(?:srlm/)?(?:[a-z_]+/)*[a-z0-9_]+\.(?:hpp|cuh)$")


def pages_of(root):
    """Every page that is checked, as paths from the project's root."""
    found = [root / "README.md", *root.glob("docs/**/*.md"), *root.glob("examples/**/README.md"),
             *root.glob("benchmarks/**/README.md")]
    return [path.relative_to(root).as_posix() for path in sorted(set(found)) if path.is_file()]


def dedented(lines):
    """The lines without the indentation that they share, and without white space at their ends."""
    shared = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[shared:].rstrip() for line in lines]


def segments(lines):
    """The runs of lines between lines "...", without blank lines at their borders."""
    runs, run = [], []
    for line in [*lines, "..."]:
        if line.strip() != "...":
            run.append(line)
            continue
        while run and not run[0].strip():
            run.pop(0)
        while run and not run[-1].strip():
            run.pop()
        if run:
            runs.append(dedented(run))
        run = []
    return runs


def missing_run(block, source):
    """The first line of a run that the source does not have behind the runs before it; None if all are there."""
    runs, start = segments(block), 0
    if not runs:
        return "(an empty block)"
    for run in runs:
        places = range(start, len(source) - len(run) + 1)
        at = next((i for i in places if dedented(source[i:i + len(run)]) == run), None)
        if at is None:
            return closest(run, source)
        start = at + len(run)
    return None


def closest(run, source):
    """The line of a run to look at: the first that the source has nowhere, else its first one."""
    known = {line.strip() for line in source}
    return next((line for line in run if line.strip() not in known), run[0]).strip()


class Check:
    def __init__(self, root):
        self.root, self.problems = root, []
        self.pages = {path: pages.read(self.text(path)) for path in pages_of(root)}
        self.reached = {path: set() for path in self.pages}
        folders = ("include", "examples", "tests", "docs")
        self.header_names = {header.name for folder in folders for header in (root / folder).rglob("*.hpp")}

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def fault(self, path, number, what):
        self.problems.append(f"{path}:{number}: {what}")

    def run(self):
        for path, (blocks, prose) in self.pages.items():
            for block in blocks:
                self.block(path, block)
            self.other_code(path, prose)
            self.links(path, prose)
            self.names(path, prose)
            for number, line in enumerate(self.text(path).splitlines(), 1):
                if match := MACHINE.search(line):
                    self.fault(path, number, f"a place of some machine: {match.group()}...")
        self.navigation()
        return self.problems

    # --- code blocks

    def block(self, path, block):
        if block.kind is None:
            return self.fault(path, block.number, "a code block without <!-- from PATH --> on the line before it")
        if block.kind != "from" and block.language != "text":
            return self.fault(path, block.number, f"<!-- {block.kind} --> is for blocks of the language text")
        if block.kind == "diagram":
            return None
        if not (self.root / block.path).is_file():
            return self.fault(path, block.number, f"{block.path} does not exist")
        if block.kind == "output of":
            return None
        if not self.tested(block.path):
            return self.fault(path, block.number, f"{block.path} is no file that a test compiles, runs or reads")
        line = missing_run(block.body(), self.text(block.path).splitlines())
        if line is not None:
            return self.fault(path, block.number, f"not a run of lines of {block.path}: {line}")
        return None

    def tested(self, path):
        if path.endswith(".md") or not path.startswith(TESTED):
            return False
        if path.startswith("docs/") and path.endswith(".sh"):
            return path.rpartition("/")[2] in self.text("tests/CMakeLists.txt")
        return True

    def other_code(self, path, prose):
        """Markdown's other code blocks, which nothing can announce."""
        in_list = False
        for (_, before), (number, line) in zip([(0, ""), *prose], prose):
            if line.strip() and not line.startswith(" "):
                in_list = bool(LIST_ITEM.match(line))
            if line.startswith("    ") and not before.strip() and not in_list:
                self.fault(path, number, "a code block by indentation; use a fence")
            if re.search(r"<pre[\s>]", line):
                self.fault(path, number, "a code block in HTML; use a fence")

    # --- links

    def links(self, path, prose):
        for number, text, target, anchor in pages.links(prose):
            to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if to.startswith(".."):
                self.fault(path, number, f"{target} lies outside the project")
                continue
            if (self.root / to).is_dir():
                to = f"{to}/README.md"
            if not (self.root / to).is_file():
                self.fault(path, number, f"{target} does not exist")
                continue
            self.reached[path].add(to)
            if anchor:
                self.anchor(path, number, to, anchor)
            name = re.fullmatch(r"`([\w:]+)(?:\(\)|<[^`]*>)?`", text)
            if name and to.endswith(SOURCES):
                word = name.group(1).rpartition("::")[2]
                if not re.search(rf"\b{word}\b", self.text(to)):
                    self.fault(path, number, f"{to} has no {word}")

    def anchor(self, path, number, to, anchor):
        if not to.endswith(".md"):
            return
        site, viewer = pages.anchors(pages.read(self.text(to))[1])
        if anchor not in site:
            self.fault(path, number, f"{to} has no heading #{anchor}")
        elif anchor not in viewer:
            self.fault(path, number, f"#{anchor} of {to} is another anchor outside the site; simplify the heading")

    def names(self, path, prose):
        """Files that inline code names."""
        for number, line in prose:
            for name in IN_CODE.findall(line):
                if PROJECT_PATH.match(name) and "." in name:
                    if not self.there(name):
                        self.fault(path, number, f"{name} does not exist")
                elif HEADER.match(name) and not self.header(name):
                    self.fault(path, number, f"no header {name}")

    def header(self, name):
        """Whether there is such a header of ours; true for a path that begins with a folder that is none of ours."""
        if "/" not in name:
            return name in self.header_names
        folder = name.removeprefix("srlm/")
        ours = name.startswith("srlm/") or (self.root / "include/srlm" / folder.split("/")[0]).is_dir()
        return not ours or (self.root / "include/srlm" / folder).is_file()

    def there(self, name):
        return any(self.root.glob(name.rstrip("/"))) if not re.search(r"[{}]", name) else True

    # --- where a reader finds a page

    def navigation(self):
        config = self.root / "mkdocs.yml"
        listed = set()
        for number, entry in pages.nav(config.read_text(encoding="utf-8")) if config.is_file() else ():
            page = entry[len(SOURCE_PAGES):] if entry.startswith(SOURCE_PAGES) else f"docs/{entry}"
            listed.add(page)
            if page not in self.pages:
                self.fault("mkdocs.yml", number, f"{page} does not exist")
        waiting, found = ["docs/README.md", *listed], set()
        while waiting:
            page = waiting.pop()
            if page in self.pages and page not in found:
                found.add(page)
                waiting += self.reached[page]
        for page in self.pages:
            if page.startswith("docs/") and page not in listed:
                self.fault(page, 1, "not in the navigation of mkdocs.yml")
            elif page not in found and page != "README.md":
                self.fault(page, 1, "no page leads here")


def main():
    problems = Check(pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PROJECT).run()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

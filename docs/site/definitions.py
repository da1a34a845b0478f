"""Where the library defines its names: what inline code of a page can be linked to."""

import pathlib
import re

TYPE = re.compile(r"^(?:template <.*> *)?(?:inline constexpr )?(?:struct|class|concept|enum class) ([A-Z]\w*)\b(?!.*;\s*$)")
FUNCTION = re.compile(r"^(?:template <.*> *)?[\w:][\w:<>,&* ]* ([a-z]\w*)\([^;]*$")
PART = re.compile(r'^  static constexpr std::string_view name = "(\w+)";$')
TYPE_IN_CODE = re.compile(r"^(?:srlm::)?([A-Z]\w+)(?:[<{(].*)?$")
FUNCTION_IN_CODE = re.compile(r"^(?:srlm::)?([a-z]\w+)\(.*\)$")
HEADER_IN_CODE = re.compile(r"^(?:srlm/)?((?:[a-z_]+/)*[a-z0-9_]+\.hpp)$")


class Definitions:
    """Types and free functions of the headers below a folder, those that one header alone defines."""

    def __init__(self, project):
        self.project = project
        self.places, self.parts, twice = {}, {}, set()  # parts: those of the catalogue, by the names it gives them
        for header in sorted((project / "include" / "srlm").rglob("*.hpp")):
            path = header.relative_to(project).as_posix()
            for number, line in enumerate(header.read_text(encoding="utf-8").splitlines(), 1):
                part = PART.match(line)
                if part:
                    self.parts[part.group(1)] = (path, number)
                match = TYPE.match(line) or FUNCTION.match(line)
                if match:
                    name = match.group(1)
                    if self.places.setdefault(name, (path, number))[0] != path:
                        twice.add(name)
        for name in twice:
            del self.places[name]

    def find(self, code):
        """(path, line or None) of what a piece of inline code names: a type, a function with its parentheses, a header
        of the library or a file of the project; None for anything else."""
        header = HEADER_IN_CODE.match(code)
        if header and (self.project / "include" / "srlm" / header.group(1)).is_file():
            return f"include/srlm/{header.group(1)}", None
        if re.match(r"^(?:include|tests|examples|benchmarks|cmake)/[\w./-]+\.\w+$", code) and (self.project / code).is_file():
            return code, None
        name = TYPE_IN_CODE.match(code) or FUNCTION_IN_CODE.match(code)
        return self.places.get(name.group(1)) if name else None


def line_of(path, name):
    """The line of a file that defines a name, else the first one that has it; None without one."""
    lines = pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    word = re.compile(rf"\b{re.escape(name)}\b")
    defined = re.compile(rf"\b(?:struct|class|concept|enum class) {re.escape(name)}\b|^[^/#]*[\w>&*] {re.escape(name)}(?:\(|\s*[={{])")
    found = [number for number, line in enumerate(lines, 1) if word.search(line)]
    return next((number for number in found if defined.search(lines[number - 1])), found[0] if found else None)

"""What the documentation check and the site share: where a page has its code blocks, links and headings."""

import re

FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(\S*)")
ANNOUNCED = re.compile(r"^\s*<!-- (?:(from|output of) (\S+)|(diagram)) -->\s*$")
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
NAV = re.compile(r"^\s+- (?:[^:#]+:\s+)?(\S+\.md)\s*$")


class Block:
    """A fenced code block: its first line's number, its language, its lines and what announces it."""

    def __init__(self, number, indent, language, announced):
        self.number, self.indent, self.language, self.lines = number, indent, language, []
        self.kind, self.path = announced

    def body(self):
        """The lines without the indentation of the fence itself."""
        return [line[len(self.indent):] if line.startswith(self.indent) else line.lstrip() for line in self.lines]


def announcement(line):
    """("from" or "output of", path), ("diagram", None), or (None, None) where the line announces nothing."""
    match = ANNOUNCED.match(line)
    return (match.group(1) or match.group(3), match.group(2)) if match else (None, None)


def read(text):
    """The blocks of a page, and its prose as (line number, line) with the blocks taken out."""
    blocks, prose, block, mark = [], [], None, ""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = FENCE.match(line)
        if block is None and match:
            before = lines[number - 2] if number > 1 else ""
            block, mark = Block(number, match.group(1), match.group(3), announcement(before)), match.group(2)
            blocks.append(block)
        elif block is not None and match and match.group(2).startswith(mark) and not match.group(3):
            block = None
        elif block is not None:
            block.lines.append(line)
        else:
            prose.append((number, line))
    return blocks, prose


def without_code(text):
    """Prose with its inline code blanked."""
    return re.sub(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.DOTALL)


def links(prose):
    """The links to other places of the project: (line number, text, path or "", anchor or "")."""
    for paragraph in paragraphs(prose):
        text = "\n".join(line for _, line in paragraph)
        outside = without_code(text)
        for match in LINK.finditer(text):
            # The text of a link may be inline code; a link inside inline code is none.
            if outside[match.end() - 1] == ")" and not re.match(r"[a-z]+:", match.group(2)):
                path, _, anchor = match.group(2).partition("#")
                yield paragraph[text.count("\n", 0, match.end())][0], match.group(1), path, anchor


def paragraphs(prose):
    """Prose between blank lines, as lists of (line number, line)."""
    paragraph = []
    for number, line in [*prose, (0, "")]:
        if line.strip():
            paragraph.append((number, line))
        elif paragraph:
            yield paragraph
            paragraph = []


def plain(heading):
    """A heading as it is read: without the marks of code, emphasis and links."""
    return re.sub(r"[`*]", "", LINK.sub(r"\1", heading))


def anchors(prose):
    """The anchors of a page's headings as the site has them and as a repository's viewer has them: a set of each."""
    site, viewer = set(), set()
    for _, line in prose:
        match = HEADING.match(line)
        if match:
            words = re.sub(r"[^\w\s-]", "", plain(match.group(1))).strip().lower()
            site.add(re.sub(r"[-\s]+", "-", words))
            viewer.add(words.replace(" ", "-"))
        for name in re.findall(r'<a id="([^"]+)"', line):
            site.add(name)
            viewer.add(name)
    return site, viewer


def nav(text):
    """The pages that mkdocs.yml lists below nav:, as (line number, path)."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"^\S", line):
            inside = line.startswith("nav:")
        elif inside and (match := NAV.match(line)):
            yield number, match.group(1)

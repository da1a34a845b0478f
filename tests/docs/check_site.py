"""Checks the built site: every link leads to a page and a place that are there, and nothing is fetched from elsewhere.

Each fault is one line "page: what is wrong", and the exit code is 1.

usage: check_site.py FOLDER
"""

import html
import os
import pathlib
import re
import sys


class Site:
    def __init__(self, root):
        self.root, self.texts, self.places = root, {}, {}

    def text(self, page):
        if page not in self.texts:
            self.texts[page] = page.read_text(encoding="utf-8")
        return self.texts[page]

    def has_place(self, page, name):
        if page not in self.places:
            self.places[page] = set(re.findall(r'\bid="([^"]+)"', self.text(page)))
        return name in self.places[page]

    def faults(self):
        for page in sorted(self.root.rglob("*.html")):
            if page.name == "404.html":  # it is shown anywhere, so its links begin at the server's root
                continue
            name = page.relative_to(self.root).as_posix()
            for tag, link in set(re.findall(r'<(a|link|script|img)\b[^>]*?\b(?:href|src)="([^"]*)"', self.text(page))):
                link = html.unescape(link)
                if re.match(r"(?:[a-z]+:)?//", link):
                    if tag != "a":
                        yield f"{name}: fetches {link}"
                elif not re.match(r"(?:mailto|data):", link):
                    what = self.fault(page, link)
                    if what:
                        yield f"{name}: {link}: {what}"
            for shown in re.findall(r"&lt;!-- [^\n]{0,60}", self.text(page)) if not name.startswith("source/") else ():
                yield f"{name}: shows {html.unescape(shown)}"

    def fault(self, page, link):
        path, _, place = link.partition("#")
        target = pathlib.Path(os.path.normpath(page.parent / path)) if path else page
        if target.is_dir():
            target = target / "index.html"
        if not target.is_file():
            return "no such page"
        if place and target.suffix == ".html" and not self.has_place(target, place):
            return "no such place on that page"
        return None


def main():
    if len(sys.argv) != 2 or not (pathlib.Path(sys.argv[1]) / "index.html").is_file():
        print(__doc__)
        return 1
    faults = list(Site(pathlib.Path(sys.argv[1]).resolve()).faults())
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

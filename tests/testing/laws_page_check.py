#!/usr/bin/env python3
"""A concept's page has every law that its headers execute, word for word.

Usage: laws_page_check.py PAGE HEADER...
"""
import pathlib
import re
import sys

LAW = re.compile(r'\bexpect(?:_true)?\(\s*((?:"[^"]*"\s*)+)')


def main():
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    laws = ["".join(re.findall(r'"([^"]*)"', match.group(1)))
            for header in sys.argv[2:] for match in LAW.finditer(pathlib.Path(header).read_text(encoding="utf-8"))]
    missing = [law for law in laws if f"`{law}`" not in page]
    for law in missing:
        print(f"{sys.argv[1]}: no law `{law}`")
    sys.exit(1 if missing or not laws else 0)


main()

#!/usr/bin/env python3
"""The pages of docs/concepts say what the headers say.

Each fault is one line "path: what is missing", and the exit code is 1. The rules:
  - every page has its parts, in order: stub, requirements, axioms, siblings, archetype, what the compiler says;
  - every law of include/srlm/testing stands word for word under the axioms of a page;
  - every archetype and every explain_... function is named by a page;
  - every concept of include/srlm/concepts is named by a page, and docs/concepts/README.md links to every page.

Usage: concept_pages.py [ROOT]      (default: the folder above tests/)
"""
import pathlib
import re
import sys

PARTS = ["Copy this", "Requirements", "Axioms", "Siblings", "Archetype", "What the compiler says"]
LAW = re.compile(r'(?:expect|expect_true)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+),')
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')


def laws_of(text):
    return {"".join(PIECE.findall(match)) for match in LAW.findall(text)}


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    headers = {path.name: path.read_text() for path in (root / "include/srlm/testing").glob("*.hpp")}
    concepts = {path.name: path.read_text() for path in (root / "include/srlm/concepts").glob("*.hpp")}
    pages = {path.name: path.read_text() for path in (root / "docs/concepts").glob("*.md")}
    index = pages.pop("README.md", "")
    faults = []
    axioms = ""
    for name, text in sorted(pages.items()):
        parts = re.findall(r"^## (.+)$", text, re.M)
        if [part for part in parts if part in PARTS] != PARTS:
            faults.append(f"docs/concepts/{name}: its parts are {parts}, not {PARTS}")
        axioms += " ".join(re.split(r"^## ", text, flags=re.M)[3:4]) + "\n"
        if f"({name})" not in index:
            faults.append(f"docs/concepts/README.md: no link to {name}")
    axioms = " ".join(axioms.split())
    everything = " ".join(pages.values()) + index
    laws = 0
    for name, text in sorted(headers.items()):
        for law in sorted(laws_of(text)):
            laws += 1
            if law not in axioms:
                faults.append(f"include/srlm/testing/{name}: no page has the law \"{law}\"")
        for archetype in re.findall(r"^(?:struct|class) (\w+Archetype)\b", text, re.M):
            if not re.search(rf"\b{archetype}\b", everything):
                faults.append(f"include/srlm/testing/{name}: no page names {archetype}")
    for name, text in sorted(concepts.items()):
        for what in re.findall(r"^concept (\w+)|^consteval bool (explain_\w+)\(", text, re.M):
            if not re.search(rf"\b{''.join(what)}\b", everything):
                faults.append(f"include/srlm/concepts/{name}: no page names {''.join(what)}")
    if not laws or not pages:
        faults.append("docs/concepts: no page, or no law")
    print("\n".join(faults) or f"{len(pages)} pages, {laws} laws")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

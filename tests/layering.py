"""Checks the include rules of include/srlm: a header includes its own layer and lower ones only.

Each broken rule is one line "path:line: what is wrong", and the exit code is 1. The rules:
  - #include <srlm/LAYER/...> names a layer that exists here, never a higher one than the header's own;
  - every header lies in a known layer, and what it includes exists;
  - the project's own headers are included with angle brackets and their full path;
  - a .hpp, which any compiler can read, never includes a .cuh;
  - <iostream> and <regex> stay out of the library (they cost every program that includes it);
  - Eigen and the tensor policy over it (the component eigen) enter through backend/, testing/ and srlm.hpp alone;
  - what belongs to the component core reaches nothing but the standard library, at any depth.

usage: layering.py [INCLUDE_FOLDER]      (default: the include folder beside tests/)
"""

import pathlib
import re
import sys

# Bottom to top. The files at the top of include/srlm stand above all folders.
LAYERS = ("core concepts loss backend comm text io model optim data judge train eval observe testing "
          "self_rewarding.hpp positive_only.hpp spin.hpp core.hpp srlm.hpp").split()
# The component core: these layers, the pair selectors of data/ and the statistics of eval/.
STANDARD_LIBRARY_ALONE = ("core", "concepts", "loss", "self_rewarding.hpp", "positive_only.hpp", "spin.hpp")
SELECTOR = re.compile(r"srlm/data/(.*pairs?|pair_selectors|best_versus_worst|rho_band|top_k|minimum_gap|positive_only)\.hpp")
STATISTICS = re.compile(r"srlm/eval/(bootstrap|distributions|head_to_head|judge_quality|length_controlled|paired_tests|ratings"
                        r"|score_histogram|self_agreement)\.hpp")
# The component eigen, which the component model must not need.
EIGEN = re.compile(r"(Eigen/.*|srlm/backend/(eigen|host_)\w*\.hpp)")
BANNED = ("iostream", "regex")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def without_comments(text):
    """The text with comments blanked, line numbers kept."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group()) if match.group()[0] == "/" else match.group()
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.DOTALL)


def includes(path):
    """The includes of one file as (line number, bracket, name)."""
    lines = without_comments(path.read_text(encoding="utf-8")).splitlines()
    return [(number, match.group(1), match.group(2)) for number, line in enumerate(lines, 1)
            if (match := INCLUDE.match(line))]


def layer_of(name):
    """The layer of srlm/LAYER/file or srlm/file, None if there is no such layer."""
    layer = name.split("/")[1]
    return layer if layer in LAYERS else None


def is_core(name):
    """Whether a header belongs to the component core."""
    return layer_of(name) in STANDARD_LIBRARY_ALONE or any(part.match(name) for part in (SELECTOR, STATISTICS))


def is_standard(name):
    """Whether <name> is a header of the C++ standard library, which all lack a suffix and a folder."""
    return "/" not in name and "." not in name


def check(root):
    """Every broken rule under root, the folder that holds srlm/."""
    headers = {path.relative_to(root).as_posix(): includes(path)
               for path in sorted((root / "srlm").rglob("*")) if path.suffix in (".hpp", ".cuh")}
    problems = []
    for name, lines in headers.items():
        own = layer_of(name)
        if own is None:
            problems.append(f"{name}:1: unknown layer '{name.split('/')[1]}'")
            continue
        for number, bracket, target in lines:
            where = f"{name}:{number}:"
            if bracket == '"':
                problems.append(f'{where} write #include <srlm/...>, not "{target}"')
            elif target in BANNED:
                problems.append(f"{where} <{target}> stays out of the library")
            elif EIGEN.fullmatch(target) and own not in ("backend", "testing", "srlm.hpp"):
                problems.append(f"{where} <{target}> belongs to the component eigen, which {own} must not need")
            elif target.startswith("srlm/"):
                layer = layer_of(target)
                if layer is None:
                    problems.append(f"{where} <{target}> is in no known layer")
                elif LAYERS.index(layer) > LAYERS.index(own):
                    problems.append(f"{where} {own} includes <{target}>, which is a higher layer")
                if not (root / target).is_file():
                    problems.append(f"{where} <{target}> does not exist")
                if name.endswith(".hpp") and target.endswith(".cuh"):
                    problems.append(f"{where} a .hpp includes <{target}>, which only nvcc can read")
    return problems + [problem for name in headers if is_core(name)
                       for problem in beyond_standard(name, headers)]


def beyond_standard(name, headers):
    """The includes that give a core header a dependency, with the way to them."""
    problems, seen, waiting = [], {name}, [(name, ())]
    while waiting:
        current, way = waiting.pop()
        for number, bracket, target in headers.get(current, ()):
            if target.startswith("srlm/"):
                if target not in seen:
                    seen.add(target)
                    waiting.append((target, (*way, target)))
            elif bracket == "<" and not is_standard(target):
                # A core header that is included here reports for itself.
                if not any(is_core(step) for step in way):
                    first = next((line for line, _, include in headers[name] if include == way[0]), 1) if way else number
                    through = f" (through {' -> '.join(way)})" if way else ""
                    problems.append(f"{name}:{first}: core needs the standard library alone, but reaches "
                                    f"<{target}>{through}")
    return problems


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "include"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    if not (root / "srlm").is_dir():
        print(f"{root}/srlm does not exist")
        return 1
    problems = check(root)
    for problem in problems:
        print(f"{root.name}/{problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

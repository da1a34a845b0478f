"""Compiles every header of include/srlm alone: generated, not listed.

Each header becomes one source that includes it twice, after the third-party headers that it reaches and the poisoned
macros of poison.hpp. Only the syntax is checked, which instantiates no more than a user's first include does. A header
that passed is not compiled again while nothing that it reaches has changed (the stamps lie in the build folder).
Device headers (.cuh) are left to nvcc.

--together N puts N headers into one source, for a further compiler over the same standard library: whether a header
includes what it uses is then known from the first one, and its own warnings and errors show in company as well. Only
the headers of a source that fails are compiled alone.

--without HEADER names a third-party header that is not on this machine: ours that reach it are left out and counted.

usage: check.py --stamps FOLDER [--jobs N] [--together N] [--without HEADER]... INCLUDE_FOLDER -- COMPILER OPTION...
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import layering  # noqa: E402

POISON = pathlib.Path(__file__).resolve().parent / "poison.hpp"


def reach(root, name, known):
    """The srlm headers that a header reaches, itself included, and the headers of others, in the order met."""
    own, others, waiting = [name], [], [name]
    while waiting:
        current = waiting.pop()
        if current not in known:
            path = root / current
            known[current] = layering.includes(path) if path.is_file() else []
        for _, _, target in known[current]:
            if target.startswith("srlm/"):
                if target not in own:
                    own.append(target)
                    waiting.append(target)
            elif not layering.is_standard(target) and target not in others:
                others.append(target)
    return own, others


def source_for(names, others):
    """The one source that checks headers."""
    # Some third-party headers read a macro that ours define before the include.
    macros = ("PCRE2_CODE_UNIT_WIDTH 8", "EIGEN_DONT_PARALLELIZE", "HWY_COMPILE_ONLY_STATIC")
    lines = [f"#define {macro}" for macro in macros] if others else []
    lines += [f"#include <{other}>" for other in others]
    lines += [f'#include "{POISON}"', *(f"#include <{name}>" for name in names for _ in range(2)), ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stamps", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--together", type=int, default=1)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    root, command = arguments.root, arguments.command
    command = [*command, "-x", "c++", "-fsyntax-only", "-I", str(root), "-"]
    arguments.stamps.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([command[0], "--version"], capture_output=True, check=True).stdout
    known, here = {}, {}

    def is_here(other):
        """Of two names that a header chooses from with __has_include, only one may be here. Asked in a source of its
        own: g++ 12 forgives an #include of what __has_include did not find before."""
        if other not in here:
            probe = f"#if !__has_include(<{other}>)\n#error absent\n#endif\n"
            here[other] = subprocess.run(command, input=probe, capture_output=True, text=True).returncode == 0
        return here[other]

    def check(group):
        """The headers of a group that do not compile, each with what the compiler says."""
        reached = [reach(root, name, known) for name in group]
        others = [other for other in dict.fromkeys(o for _, others in reached for o in others) if is_here(other)]
        source = source_for(group, others)
        state = hashlib.sha256(version + "\0".join(command).encode() + source.encode() + POISON.read_bytes())
        for header in sorted({header for own, _ in reached for header in own}):
            state.update((root / header).read_bytes() if (root / header).is_file() else b"missing")
        stamp = arguments.stamps / group[0].replace("/", "+")
        if stamp.is_file() and stamp.read_text() == state.hexdigest():
            return []
        result = subprocess.run(command, input=source, capture_output=True, text=True, errors="replace")
        if result.returncode == 0:
            stamp.write_text(state.hexdigest())
            return []
        alone = [failure for name in group for failure in check([name])] if len(group) > 1 else []
        return alone or [(" with ".join(group), result.stderr)]

    names = sorted(path.relative_to(root).as_posix() for path in (root / "srlm").rglob("*.hpp"))
    absent = [name for name in names if set(arguments.without) & set(reach(root, name, known)[1])]
    names = [name for name in names if name not in absent]
    groups = [names[i:i + arguments.together] for i in range(0, len(names), arguments.together)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for failures in pool.map(check, groups):
            failed += len(failures)
            for name, report in failures:
                print(f"{name} does not compile{'' if ' ' in name else ' alone'}:\n{report}")
    left_out = f", {len(absent)} left out without {' '.join(arguments.without)}" if absent else ""
    print(f"{len(names)} headers, {failed} failed{left_out}")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())

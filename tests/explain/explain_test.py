#!/usr/bin/env python3
"""Each missing or wrong piece of a type gives its own plain sentence; whole types compile.

Usage: explain_test.py INCLUDE_FOLDER COMPILER [FLAGS...]

Every file *cases.hpp beside this one holds whole types with switches in them, and behind each switch the beginning of
its sentence:

    #ifndef WITHOUT_X // your type has no member x()

A file is compiled whole, then with all members taken away (WITHOUT_...), then with all made wrong (WRONG_...), then with
each of those that hide others (ALONE_...). The sentences of a run must be those of its switches: none missing, none more.
With --each every switch is tried alone, and gives its own sentence and no other.
"""
import pathlib
import re
import subprocess
import sys

SWITCH = re.compile(r"^#\s*(?:if|ifdef|ifndef|elif)\b[^/]*\b((?:WITHOUT|WRONG|ALONE)_\w+)\)?\s*// (.+)$", re.M)
SENTENCE = re.compile(r"srlm: [^\n]+")


def sentences(source, include, command, switches):
    """Whether the source compiles with these switches, the sentences of its errors, and all that was printed."""
    language = "cu" if "nvcc" in pathlib.Path(command[0]).name else "c++"
    only_check = ["-c", "-o", "/dev/null"] if language == "cu" else ["-fsyntax-only"]
    if "clang" in command[0]:
        only_check.append("-ferror-limit=0")
    result = subprocess.run([*command, "-std=c++20", *only_check, "-x", language, f"-I{include}",
                             *(f"-D{switch}" for switch in switches), str(source)], capture_output=True, text=True)
    printed = result.stdout + result.stderr
    told = {match.group() for line in printed.splitlines() if "error" in line and (match := SENTENCE.search(line))}
    return result.returncode == 0, told, printed


def faults_of(source, include, command, cases, each):
    good, told, printed = sentences(source, include, command, [])
    if not good:
        yield f"whole types do not compile:\n{printed[:3000]}"
    rounds = [[switch for switch in cases if switch.startswith(kind)] for kind in ("WITHOUT_", "WRONG_")]
    rounds += [[switch] for switch in cases if each or switch.startswith("ALONE_")]
    for switches in filter(None, rounds):
        name = switches[0] if len(switches) == 1 else switches[0].split("_")[0] + "_..."
        good, told, printed = sentences(source, include, command, switches)
        expected = ["srlm: " + cases[switch] for switch in switches]
        if good:
            yield f"{name}: it compiles"
        for sentence in expected:
            if not any(one.startswith(sentence) for one in told):
                yield f"{name}: no sentence \"{sentence}\" in {len(told)}:\n" + "\n".join(sorted(told))
        for one in told:
            if not any(one.startswith(sentence) for sentence in expected):
                yield f"{name}: an unexpected sentence \"{one}\""


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--each"]
    include, command = arguments[0], arguments[1:]
    sources = sorted(pathlib.Path(__file__).parent.glob("*cases.hpp"))
    faults = total = 0
    for source in sources:
        cases = dict(SWITCH.findall(source.read_text()))
        total += len(cases)
        if not cases:
            print(f"{source.name}: no switch in it")
            faults += 1
        for fault in faults_of(source, include, command, cases, "--each" in sys.argv):
            print(f"{source.name}: {fault}")
            faults += 1
    print(f"{total} pieces, {faults} faults with {pathlib.Path(command[0]).name}")
    sys.exit(1 if faults or not total else 0)


main()

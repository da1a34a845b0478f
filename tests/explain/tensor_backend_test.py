#!/usr/bin/env python3
"""Each missing or wrong piece of a tensor backend gives its own plain sentence; the whole one compiles.

Usage: tensor_backend_test.py INCLUDE_FOLDER COMPILER [FLAGS...]
"""
import pathlib
import re
import subprocess
import sys

from tensor_backend_sentences import SENTENCES


def messages(include, compiler, define):
    """What the compiler says in one line, and whether it compiled; nvcc breaks long lines."""
    source = pathlib.Path(__file__).with_name("tensor_backend_cases.hpp")
    flags = ["-x", "cu", "-c", "-o", "/dev/null"] if "nvcc" in compiler[0] else ["-x", "c++", "-fsyntax-only"]
    command = [*compiler, "-std=c++20", *flags, f"-I{include}", *([f"-D{define}"] if define else []), str(source)]
    result = subprocess.run(command, capture_output=True, text=True)
    return re.sub(r"\s+", " ", result.stdout + result.stderr), result.returncode == 0


def main():
    include, *compiler = sys.argv[1:]
    failures = 0
    said, compiled = messages(include, compiler, None)
    if not compiled:
        failures += 1
        print("the whole backend does not compile:\n" + said[:2000])
    for define, sentence in SENTENCES.items():
        said, compiled = messages(include, compiler, define)
        if compiled or sentence not in said:
            failures += 1
            print(f"{define}: no sentence \"{sentence}\" in:\n{said[:2000]}")
    sys.exit(1 if failures else 0)


main()

#!/usr/bin/env python3
"""The loop over a user's type holds no virtual call and no type erasure: the object file is read.

In an optimised object of the whole loop (the library is in it, inlined or not) there is
  - no call and no jump through a pointer (tables of a switch are compiled away, so a jump is a call at a function's end);
  - no virtual table and no type information, those of exceptions aside, which only a throw uses;
  - no std::function, std::move_only_function or std::any, and no counts of std::shared_ptr, which end in a virtual call.
Left out of the first: std::to_string of a floating-point number, which hands vsnprintf to a helper of the standard
library as a pointer (sentences of errors use it).

Then all that is forbidden is planted, and must be found.

usage: indirect_calls.py INCLUDE_FOLDER EXAMPLES_FOLDER COMPILER
"""
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

INDIRECT = {"x86_64": re.compile(r"\b(call|jmp)q?\s+\*"), "aarch64": re.compile(r"\b(blr|br)\s+x\d+")}
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
TEXT_OF_NUMBERS = "__gnu_cxx::__to_xstring<"
EXCEPTIONS = ("srlm::Error", "std::bad_any_cast", "std::bad_function_call")
DEFINED_TABLE = re.compile(r"^[0-9a-f]+ \w (?:vtable|typeinfo(?: name)?) for (.+)$")
ERASED = re.compile(r"std::(?:__1::)?(function<|_Function_|any\b|move_only_function|__function|_Sp_counted|__shared_)|"
                    r"__throw_bad_function_call")
# What a macro of the loop plants, as the check must name it.
PLANTED = {
    "PLANTED_VIRTUAL": [r"call through a pointer in .*(srlm|stranger)::"],
    "PLANTED_ERASURE": [r"table or type information: .* vtable for stranger::Base", r"type erasure: .*std::(__1::)?any",
                        r"call through a pointer in stranger::called", r"type erasure: .*_Sp_counted|__shared_",
                        r"type erasure: .*(bad_function_call|function<)"],
}


def problems(listing, symbols, indirect):
    """One line for each thing that an object must not hold, from objdump -d and nm, both demangled."""
    found, function = [], "?"
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            function = match.group(1)
        elif indirect.search(line) and TEXT_OF_NUMBERS not in function:
            found.append(f"a call through a pointer in {function}: {' '.join(line.split())}")
    for line in symbols.splitlines():
        if (match := DEFINED_TABLE.match(line)) and match.group(1) not in EXCEPTIONS:
            found.append(f"a virtual table or type information: {line}")
        if ERASED.search(line):
            found.append(f"type erasure: {line}")
    return found


def object_problems(command, source, output):
    subprocess.run([*command, "-c", str(source), "-o", str(output)], check=True)
    run = lambda *tool: subprocess.run([*tool, str(output)], capture_output=True, text=True, check=True).stdout
    return problems(run("objdump", "-d", "-C", "--no-show-raw-insn"), run("nm", "-C"), INDIRECT[platform.machine()])


def main():
    include, examples, compiler = sys.argv[1:]
    if platform.machine() not in INDIRECT or not shutil.which("objdump") or not shutil.which("nm"):
        print(f"not checked: objdump and nm are needed, on {' or '.join(INDIRECT)}")
        return 0
    loop = pathlib.Path(__file__).with_name("self_judging_loop.hpp")
    command = [compiler, "-std=c++20", "-O2", "-DNDEBUG", "-fno-jump-tables", f"-I{include}", f"-I{examples}", "-x", "c++"]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "loop.o"
        for source in (pathlib.Path(examples) / "01_your_model.cpp", loop):
            for problem in object_problems(command, source, output):
                failures += 1
                print(f"{source.name}: {problem}")
        for macro, sentences in PLANTED.items():
            found = object_problems([*command, f"-D{macro}"], loop, output)
            for sentence in sentences:
                if not any(re.search(sentence, problem) for problem in found):
                    failures += 1
                    print(f"{macro}: nothing found like {sentence}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

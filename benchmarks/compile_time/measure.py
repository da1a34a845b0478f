#!/usr/bin/env python3
"""What including each public header costs, recorded, and whether one has become dearer.

The cost of a header is the processor time that the compiler needs to read a source that includes it and nothing else,
divided by the time for YARDSTICK in the same run: seconds depend on the machine and on what else it does, the ratio
hardly. Times are the compiler's own (user and system, with its children), the least of some runs.

--record  measures the headers whose text has changed since they were recorded (--all: every header).
--check   fails, with a line a header, where one costs more than 20% over its record. Measured are the headers whose own
          text has changed (comments and spaces aside): a header cannot become dearer otherwise than through one of
          them, and what it includes rises by less than 20% where each of them does. A header that seems dear is
          measured again, alone, up to ROUNDS times, so that a busy machine fails nothing. Fails too for a header
          without a record, and where self_rewarding.hpp costs more than FRONT_SECONDS beyond <vector> and <string>, in
          seconds of the machine of the record.

Records are kept by compiler and major version; with one that has none, nothing is checked.

usage: measure.py --record|--check [--all] [--without HEADER]... [--data FILE] INCLUDE_FOLDER -- COMPILER OPTION...
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "headers"))
import check as header_check  # noqa: E402
import layering  # noqa: E402

YARDSTICK = ("algorithm", "array", "chrono", "filesystem", "functional", "map", "memory", "optional", "random", "ranges",
             "span", "string", "unordered_map", "variant", "vector")
DEARER = 1.2   # times the record
SLACK = 0.03   # yardsticks, for the smallest headers
ROUNDS = 5     # measurements of a header that seems dear
FRONT, FRONT_BASE, FRONT_SECONDS = "srlm/self_rewarding.hpp", ("vector", "string"), 0.6


class Compiler:
    def __init__(self, command, root):
        self.command = [*command, "-fsyntax-only", "-I", str(root), "-x", "c++", "-"]
        version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
        number = re.search(r"\b(\d+)\.\d+\.\d+", version).group(1)
        self.name = f"{'clang++' if 'clang' in version else 'g++'} {number}"
        self.yardstick = float("inf")
        self.lock = threading.Lock()

    def seconds(self, headers):
        """Processor time for one source that includes these."""
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        process.stdin.write("".join(f"#include <{header}>\n" for header in headers).encode())
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(headers)} does not compile; tests/headers says why")
        return usage.ru_utime + usage.ru_stime

    def measure_yardstick(self):
        seconds = self.seconds(YARDSTICK)
        with self.lock:
            self.yardstick = min(self.yardstick, seconds)

    def least(self, names, runs, jobs):
        """The least seconds of each header, the yardstick measured all along."""
        best = {name: float("inf") for name in names}

        def one(task):
            number, name = task
            if number % 8 == 0:
                self.measure_yardstick()
            best[name] = min(best[name], self.seconds([name]))

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            # The runs of one header lie far apart.
            list(pool.map(one, enumerate([name for _ in range(runs) for name in names])))
        for _ in range(2):
            self.measure_yardstick()
        return best

    def exceeds(self, limit, seconds, again):
        """Whether the least time is above `limit` yardsticks, however often it is measured; and that time. again: one
        more measurement, and the least of all."""
        for _ in range(ROUNDS):
            if seconds <= limit * self.yardstick:
                break
            self.measure_yardstick()
            seconds = again()
        return seconds > limit * self.yardstick, seconds



def text_of(path):
    """A digest of a header without its comments and spaces."""
    text = "".join(layering.without_comments(path.read_text(encoding="utf-8")).split())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def public_headers(root, without):
    """Each header with the digest of its text, those that need a header of others which is not here aside."""
    known = {}
    names = sorted(path.relative_to(root).as_posix() for path in (root / "srlm").rglob("*.hpp"))
    return {name: text_of(root / name) for name in names
            if not set(without) & set(header_check.reach(root, name, known)[1])}


def write(path, data):
    """JSON with one line a header, so that two changes rarely meet in one line."""
    compilers = []
    for compiler, entry in sorted(data.items()):
        lines = ",\n".join(f"      {json.dumps(name)}: {json.dumps(entry['headers'][name])}"
                           for name in sorted(entry["headers"]))
        compilers.append(f'  {json.dumps(compiler)}: {{\n    "yardstick_seconds": {entry["yardstick_seconds"]},\n'
                         f'    "headers": {{\n{lines}\n    }}\n  }}')
    path.write_text("{\n" + ",\n".join(compilers) + "\n}\n")


def record(compiler, headers, data, everything, left_out, jobs):
    entry = data.setdefault(compiler.name, {"yardstick_seconds": None, "headers": {}})
    old = entry["headers"]
    changed = [name for name in headers if everything or old.get(name, {}).get("text") != headers[name]]
    seconds = compiler.least(changed, 2, jobs)
    if everything or entry["yardstick_seconds"] is None:
        entry["yardstick_seconds"] = round(compiler.yardstick, 3)
    new = {name: old[name] for name in old if name in headers or name in left_out}
    for name in changed:
        cost = round(seconds[name] / compiler.yardstick, 3)
        print(f"{name}: {old[name]['cost'] if name in old else 'new'} -> {cost}")
        new[name] = {"cost": cost, "text": headers[name]}
    entry["headers"] = new
    total = sum(header["cost"] for header in new.values())
    print(f"{compiler.name}: {len(changed)} of {len(headers)} headers measured, {total:.0f} yardsticks all together, "
          f"one is {entry['yardstick_seconds']} s")


def check(compiler, headers, entry, everything, left_out, jobs):
    old = entry["headers"]
    failures = [f"{name} has no record: run --record" for name in headers if name not in old]
    for name in sorted(set(old) - set(headers) - left_out):
        print(f"{name} is recorded and not here any more")
    changed = [name for name in headers if name in old and (everything or old[name]["text"] != headers[name])]
    seconds = compiler.least(changed, 1, jobs)
    for name in changed:
        def again():
            seconds[name] = min(seconds[name], compiler.seconds([name]))
            return seconds[name]

        dear, least = compiler.exceeds(DEARER * old[name]["cost"] + SLACK, seconds[name], again)
        if dear:
            failures.append(f"{name} costs {least / compiler.yardstick:.3f} yardsticks, recorded are "
                            f"{old[name]['cost']}: find what it includes now, or run --record")
    if FRONT in headers:
        whole = base = float("inf")

        def beyond():
            nonlocal whole, base
            whole, base = min(whole, compiler.seconds([*FRONT_BASE, FRONT])), min(base, compiler.seconds(FRONT_BASE))
            return whole - base

        compiler.measure_yardstick()
        limit = FRONT_SECONDS / entry["yardstick_seconds"]
        dear, least = compiler.exceeds(limit, min(beyond() for _ in range(2)), beyond)
        sentence = (f"{FRONT} costs {least:.2f} s here, {least / compiler.yardstick:.2f} yardsticks, beyond "
                    f"{' and '.join(f'<{base}>' for base in FRONT_BASE)}; allowed are {limit:.2f}")
        if dear:
            failures.append(sentence)
        else:
            print(sentence)
    for failure in failures:
        print(failure)
    print(f"{compiler.name}: {len(headers)} headers, {len(changed)} changed since their record and measured, "
          f"{len(failures)} failures")
    return 1 if failures or not headers else 0


def main():
    parser = argparse.ArgumentParser()
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--record", action="store_true")
    mode.add_argument("--check", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(__file__).with_name("record.json"))
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    compiler = Compiler(arguments.command, arguments.root)
    headers = public_headers(arguments.root, arguments.without)
    left_out = set(public_headers(arguments.root, ())) - set(headers)
    data = json.loads(arguments.data.read_text()) if arguments.data.is_file() else {}
    if arguments.record:
        record(compiler, headers, data, arguments.all, left_out, arguments.jobs)
        write(arguments.data, data)
        return 0
    if compiler.name not in data:
        print(f"not checked: there are records of {', '.join(data) or 'no compiler'}, none of {compiler.name}")
        return 0
    return check(compiler, headers, data[compiler.name], arguments.all, left_out, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())

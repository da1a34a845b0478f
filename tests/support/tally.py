"""Counts what ran and prints the final line "N passed, N failed".

A CTest test that is a Catch2 program counts with each of its test cases (the program writes them down, see main.cpp);
every other CTest test counts as one. A program that crashed, ran out of time or was never built counts as at least one
failure, whatever its test cases said.

usage: tally.py RESULTS.xml CASES_FOLDER CTEST_EXIT_CODE
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def read_cases(path):
    """The test cases of one program: names that passed, and names that failed or never ended."""
    passed, failed, running = [], [], None
    for line in path.read_text(errors="replace").splitlines():
        kind, _, name = line.partition(" ")
        if kind == "start":
            running = name
        elif kind == "pass":
            passed.append(name)
            running = None
        elif kind == "fail":
            failed.append(name)
            running = None
    if running is not None:
        failed.append(running + " (did not end)")
    return passed, failed


def tally(results, case_folder, ctest_exit_code):
    """How many passed, and a line for each failure."""
    passed, failures = 0, []
    for test in ElementTree.parse(results).getroot().iter("testcase"):
        name = test.get("name")
        status = test.get("status")
        cases = case_folder / f"{name}.txt"
        good, bad = read_cases(cases) if cases.exists() else ([], [])
        passed += len(good)
        failures += [f"{name}: {case}" for case in bad]
        skipped = test.find("skipped")
        if status == "disabled" or (skipped is not None and "SKIP_RETURN_CODE" in skipped.get("message", "")):
            continue # it said itself that what it needs is not here
        if status == "run" and test.find("failure") is None:
            if not cases.exists():
                passed += 1
        elif not bad:
            failures.append(f"{name}: {status}")
    if ctest_exit_code != 0 and not failures:
        failures.append(f"ctest ended with exit code {ctest_exit_code}")
    return passed, failures


def main():
    results, case_folder, ctest_exit_code = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    try:
        passed, failures = tally(results, case_folder, ctest_exit_code)
    except (OSError, ElementTree.ParseError) as error:
        passed, failures = 0, [f"no test results: {error}"]
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed")
    return 0 if passed > 0 and not failures else 1


if __name__ == "__main__":
    sys.exit(main())

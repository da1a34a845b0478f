"""The check of compile times must be able to fail: tiny trees, and the real one with a dear header planted.

usage: measure_test.py INCLUDE_FOLDER COMPILER
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

MEASURE = pathlib.Path(__file__).with_name("measure.py")
INCLUDE, COMPILER = sys.argv[1:3]


class CompileTimes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.data = self.root / "record.json"

    def write(self, name, *included):
        path = self.root / "srlm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n" + "".join(f"#include <{header}>\n" for header in included))
        return path

    def measure(self, *options):
        return subprocess.run([sys.executable, MEASURE, *options, "--data", self.data, self.root, "--", COMPILER,
                               "-std=c++20"], capture_output=True, text=True)

    def check(self, code, *sentences):
        result = self.measure("--check")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        for sentence in sentences:
            self.assertIn(sentence, result.stdout)
        return result.stdout

    def test_what_became_dear_is_found_where_it_did(self):
        below = self.write("core/below.hpp", "string")
        above = self.write("core/above.hpp", "srlm/core/below.hpp", "vector")
        self.assertEqual(self.measure("--record").returncode, 0)
        self.check(0, "0 changed")
        below.write_text("// a comment costs nothing\n" + below.read_text())
        self.check(0, "0 changed")
        self.write("core/below.hpp", "string", "cstddef")
        self.check(0, "1 changed")
        self.write("core/below.hpp", "string", "regex")
        self.assertNotIn("above.hpp", self.check(1, "srlm/core/below.hpp costs", "1 failures"))
        self.assertEqual(self.measure("--record").returncode, 0)
        self.check(0, "0 changed")
        above.unlink()
        self.check(0, "srlm/core/above.hpp is recorded and not here any more")
        self.write("core/beside.hpp", "cstddef")
        self.check(1, "srlm/core/beside.hpp has no record: run --record")

    def test_the_first_header_to_include_has_a_limit_of_its_own(self):
        path = self.write("self_rewarding.hpp", "regex", "random", "filesystem", "ranges")
        path.write_text(path.read_text() + "".join(f"inline int f{i}(int x) {{ return x + {i}; }}\n" for i in range(60000)))
        self.assertEqual(self.measure("--record").returncode, 0)
        self.check(1, "srlm/self_rewarding.hpp costs", "beyond <vector> and <string>")

    def test_a_compiler_without_a_record_is_not_checked(self):
        self.write("core/a.hpp", "cstddef")
        self.data.write_text(json.dumps({"g++ 1": {"yardstick_seconds": 1, "headers": {}}}))
        self.check(0, "not checked")

    def test_an_empty_tree_is_no_success(self):
        self.write("core/a.hpp").unlink()
        self.assertEqual(self.measure("--record").returncode, 0)
        self.check(1)

    def test_a_dear_include_is_found_in_the_real_tree(self):
        shutil.copytree(INCLUDE, self.root, dirs_exist_ok=True)
        self.data.write_text(MEASURE.with_name("record.json").read_text())
        token = self.root / "srlm" / "core" / "token.hpp"
        token.write_text(token.read_text() + "#include <regex>\n")
        result = self.measure("--check")
        if "not checked" in result.stdout:
            self.skipTest(result.stdout)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("srlm/core/token.hpp costs", result.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

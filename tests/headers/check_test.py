"""The header check must be able to fail: each test is a tiny tree with one header."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


class HeaderCheck(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / "srlm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, *options):
        return subprocess.run([sys.executable, CHECK, "--stamps", self.folder / "stamps", *options, self.folder, "--",
                               COMPILER, "-std=c++20", "-Wall", "-Werror"], capture_output=True, text=True)

    def only(self, text):
        self.write("core/a.hpp", text)
        return self.check()

    def test_a_header_that_stands_alone_passes(self):
        result = self.only("#pragma once\n#include <cstddef>\ninline std::size_t one() { return 1; }\n")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_missing_include_is_found(self):
        self.assertEqual(self.only("#pragma once\ninline std::size_t one() { return 1; }\n").returncode, 1)

    def test_a_missing_include_guard_is_found(self):
        self.assertEqual(self.only("inline int one() { return 1; }\n").returncode, 1)

    def test_a_name_that_others_define_as_a_macro_is_found(self):
        self.assertEqual(self.only("#pragma once\ninline int small() { return 1; }\n").returncode, 1)

    def test_a_change_below_is_compiled_again(self):
        self.write("core/b.hpp", "#pragma once\ninline int two() { return 2; }\n")
        self.assertEqual(self.only("#pragma once\n#include <srlm/core/b.hpp>\ninline int one() { return two(); }\n")
                         .returncode, 0)
        self.write("core/b.hpp", "#pragma once\n")
        result = self.check()
        self.assertEqual(result.returncode, 1)
        self.assertIn("srlm/core/a.hpp does not compile alone", result.stdout)

    def test_only_what_reaches_an_absent_header_is_left_out(self):
        self.write("core/b.hpp", "#pragma once\n#include <absent.h>\n")
        self.write("core/c.hpp", "#pragma once\n#include <srlm/core/b.hpp>\n")
        self.only("#pragma once\ninline int one() { return 1; }\n")
        self.assertEqual(self.check().returncode, 1)
        result = self.check("--without", "absent.h")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("1 headers, 0 failed, 2 left out without absent.h", result.stdout)

    def test_of_headers_together_the_wrong_one_is_named(self):
        for name in "abcd":
            self.write(f"core/{name}.hpp", f"#pragma once\ninline int {name}() {{ return 1; }}\n")
        self.assertEqual(self.check("--together", "3").returncode, 0)
        self.write("core/b.hpp", "#pragma once\ninline int small() { return 1; }\n")
        result = self.check("--together", "3")
        self.assertEqual(result.returncode, 1)
        self.assertIn("srlm/core/b.hpp does not compile alone", result.stdout)
        self.assertIn("4 headers, 1 failed", result.stdout)

    def test_headers_that_only_quarrel_with_each_other_are_found_together(self):
        for name in "ab":
            self.write(f"core/{name}.hpp", f"#pragma once\ninline int one() {{ return 1; }} // {name}\n")
        self.assertEqual(self.check().returncode, 0)
        result = self.check("--together", "2")
        self.assertEqual(result.returncode, 1)
        self.assertIn("srlm/core/a.hpp with srlm/core/b.hpp does not compile", result.stdout)

    def test_an_empty_tree_is_no_success(self):
        (self.folder / "srlm").mkdir()
        self.assertEqual(self.check().returncode, 1)


if __name__ == "__main__":
    unittest.main()

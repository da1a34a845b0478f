"""The count must be able to tell a failure: results as CTest and the test programs write them."""

import pathlib
import tempfile
import unittest

import tally


class Tally(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def count(self, tests, cases, exit_code=0):
        """tests: XML of the <testcase> elements; cases: the case file of each program."""
        for name, text in cases.items():
            (self.folder / f"{name}.txt").write_text(text)
        results = self.folder / "results.xml"
        results.write_text(f"<testsuite>{tests}</testsuite>")
        passed, failures = tally.tally(results, self.folder, exit_code)
        return passed, len(failures)

    def test_cases_and_other_tests_add_up(self):
        self.assertEqual(self.count('<testcase name="core" status="run"/><testcase name="link" status="run"/>',
                                    {"core": "start a\npass a\nstart b\npass b\n"}), (3, 0))

    def test_a_failed_case_counts_once(self):
        self.assertEqual(self.count('<testcase name="core" status="fail"><failure message="Failed"/></testcase>',
                                    {"core": "start a\nfail a\nstart b\npass b\n"}, 8), (1, 1))

    def test_a_crash_fails_the_case_that_was_running(self):
        self.assertEqual(self.count('<testcase name="core" status="fail"><failure message="SEGFAULT"/></testcase>',
                                    {"core": "start a\npass a\nstart b\n"}, 8), (1, 1))

    def test_a_crash_after_the_last_case_counts(self):
        self.assertEqual(self.count('<testcase name="core" status="fail"><failure message="Failed"/></testcase>',
                                    {"core": "start a\npass a\n"}, 8), (1, 1))

    def test_a_program_that_did_not_start_counts(self):
        self.assertEqual(self.count('<testcase name="core" status="notrun"><skipped message="x"/></testcase>', {}, 8),
                         (0, 1))

    def test_a_test_that_skips_itself_counts_neither_way(self):
        self.assertEqual(self.count('<testcase name="core" status="run"/><testcase name="gpu" status="notrun">'
                                    '<skipped message="SKIP_RETURN_CODE=77"/></testcase>', {}), (1, 0))

    def test_a_case_that_did_not_end_counts_even_after_exit_code_zero(self):
        self.assertEqual(self.count('<testcase name="core" status="run"/>', {"core": "start a\n"}), (0, 1))

    def test_an_exit_code_of_ctest_is_never_lost(self):
        self.assertEqual(self.count("", {}, 8), (0, 1))


if __name__ == "__main__":
    unittest.main()

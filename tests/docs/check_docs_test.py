"""The documentation check must be able to fail: each test is a tiny project with one fault, or with none."""

import pathlib
import tempfile
import unittest

import check_docs
import check_site

CODE = "int main() {\n  int a = 1;\n  int b = 2;\n\n  return a - b;\n}\n"


def block(text, announced="from examples/a.cpp", language="cpp"):
    return f"<!-- {announced} -->\n```{language}\n{text}\n```\n"


class CheckDocs(unittest.TestCase):
    def problems(self, page, **others):
        """What is wrong in a project whose docs/README.md is this page; others: contents of further files."""
        files = {"docs/README.md": page, "examples/a.cpp": CODE, "tests/CMakeLists.txt": "run tour.sh",
                 "mkdocs.yml": "nav:\n  - Start: README.md\n  - More:\n    - Second page: second.md\n",
                 "docs/second.md": "# Second page\n", **{name.replace("__", "/"): text for name, text in others.items()}}
        return self.problems_of(files)

    def problems_of(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                if text is not None:
                    (root / name).parent.mkdir(parents=True, exist_ok=True)
                    (root / name).write_text(text, encoding="utf-8")
            return check_docs.Check(root).run()

    def only_problem(self, page, **others):
        problems = self.problems(page, **others)
        self.assertEqual(len(problems), 1, problems)
        return problems[0]

    def test_runs_of_a_file_are_fine_whatever_their_indentation(self):
        self.assertEqual(self.problems(block("int a = 1;\nint b = 2;\n\nreturn a - b;") + block(CODE.rstrip())), [])

    def test_three_dots_stand_for_lines_left_out(self):
        self.assertEqual(self.problems(block("int main() {\n...\n  return a - b;")), [])

    def test_an_order_that_the_file_does_not_have(self):
        self.assertIn("not a run of lines of examples/a.cpp: int a = 1;", self.only_problem(block("int b = 2;\n...\nint a = 1;")))

    def test_lines_left_out_in_silence(self):
        self.assertIn("docs/README.md:2: not a run", self.only_problem(block("int a = 1;\nreturn a - b;")))

    def test_a_changed_line_is_named(self):
        self.assertIn("int b = 3;", self.only_problem(block("int a = 1;\nint b = 3;")))

    def test_another_relative_indentation(self):
        self.assertIn("not a run", self.only_problem(block("int a = 1;\n  int b = 2;")))

    def test_a_block_without_content(self):
        self.assertIn("empty", self.only_problem(block("...")))

    def test_a_block_that_is_not_announced(self):
        self.assertEqual(self.only_problem("Text:\n\n```cpp\nint a = 1;\n```\n"),
                         "docs/README.md:3: a code block without <!-- from PATH --> on the line before it")

    def test_an_announcement_with_a_blank_line_behind_it(self):
        self.assertIn("without", self.only_problem("<!-- from examples/a.cpp -->\n\n```cpp\nint a = 1;\n```\n"))

    def test_a_block_by_indentation(self):
        self.assertIn("by indentation", self.only_problem("Text:\n\n    int a = 1;\n"))

    def test_an_indented_paragraph_of_a_list_is_no_code(self):
        self.assertEqual(self.problems("1. One.\n\n    More of one.\n"), [])

    def test_a_block_in_html(self):
        self.assertIn("in HTML", self.only_problem("<pre>int a = 1;</pre>\n"))

    def test_a_file_that_does_not_exist(self):
        self.assertIn("examples/b.cpp does not exist", self.only_problem(block("int a = 1;", "from examples/b.cpp")))

    def test_a_file_that_no_test_reads(self):
        self.assertIn("no file that a test", self.only_problem(block("int a = 1;", "from lib/a.cpp"),
                                                               **{"lib/a.cpp": CODE}))

    def test_a_page_is_no_source_of_code(self):
        self.assertIn("no file that a test", self.only_problem(block("# Second page", "from docs/second.md")))

    def test_a_script_of_docs_that_no_test_runs(self):
        for name, faults in (("tour", 0), ("walk", 1)):
            page = block("run", f"from docs/{name}.sh", "sh")
            self.assertEqual(len(self.problems(page, **{f"docs/{name}.sh": "run\n"})), faults, name)

    def test_diagrams_and_outputs_are_text(self):
        self.assertEqual(self.problems(block("a -> b", "diagram", "text") + block("1", "output of examples/a.cpp", "text")), [])
        self.assertIn("language text", self.only_problem(block("a -> b", "diagram", "cpp")))
        self.assertIn("does not exist", self.only_problem(block("1", "output of examples/b.cpp", "text")))

    def test_a_link_to_a_file_that_is_not_there(self):
        self.assertEqual(self.only_problem("See [it](third.md).\n"), "docs/README.md:1: third.md does not exist")

    def test_a_link_over_two_lines_is_seen(self):
        self.assertEqual(self.only_problem("See\n[it\ntoo](third.md).\n"), "docs/README.md:3: third.md does not exist")

    def test_a_link_in_code_is_none(self):
        self.assertEqual(self.problems("Write `[it](third.md)`.\n"), [])

    def test_a_link_out_of_the_project(self):
        self.assertIn("outside the project", self.only_problem("See [it](../../third.md).\n"))

    def test_an_anchor_that_is_not_there(self):
        self.assertEqual(self.problems("See [it](second.md#second-page) and [here](#here).\n\n## Here\n"), [])
        self.assertIn("no heading #third-page", self.only_problem("See [it](second.md#third-page).\n"))

    def test_an_anchor_that_differs_outside_the_site(self):
        self.assertIn("another anchor", self.only_problem("See [it](#a-b).\n\n## A & b\n"))

    def test_a_name_that_a_linked_source_does_not_have(self):
        self.assertEqual(self.problems("[`main`](../examples/a.cpp), [`x::main()`](../examples/a.cpp)\n"), [])
        self.assertIn("examples/a.cpp has no run", self.only_problem("[`run`](../examples/a.cpp)\n"))

    def test_paths_and_headers_in_code(self):
        header = {"include/srlm/core/a.hpp": ""}
        self.assertEqual(self.problems("`core/a.hpp`, `a.hpp`, `examples/*.cpp`, `srlm/core/a.hpp`\n", **header), [])
        self.assertEqual(self.problems("`nlohmann/json.hpp` is another's\n", **header), [])
        self.assertIn("no header b.hpp", self.only_problem("`b.hpp`\n", **header))
        self.assertIn("no header core/b.hpp", self.only_problem("`core/b.hpp`\n", **header))
        self.assertIn("examples/b.cpp does not exist", self.only_problem("`examples/b.cpp`\n"))

    def test_a_page_that_the_navigation_does_not_have(self):
        self.assertEqual(self.only_problem("[third](third.md)\n", **{"docs/third.md": ""}),
                         "docs/third.md:1: not in the navigation of mkdocs.yml")

    def test_a_page_that_the_navigation_has_and_that_is_not_there(self):
        self.assertEqual(self.only_problem("Text.\n", **{"docs/second.md": None}),
                         "mkdocs.yml:4: docs/second.md does not exist")

    def test_a_page_to_which_nothing_leads(self):
        self.assertEqual(self.only_problem("Text.\n", **{"examples/data/README.md": ""}),
                         "examples/data/README.md:1: no page leads here")
        self.assertEqual(self.problems("[data](../examples/data/README.md)\n", **{"examples/data/README.md": ""}), [])

    def test_a_place_of_some_machine(self):
        self.assertIn("some machine", self.only_problem("It lies in `/home/someone/model`.\n"))


class CheckSite(unittest.TestCase):
    def faults(self, body):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "index.html").write_text(body, encoding="utf-8")
            (root / "other.html").write_text('<h1 id="top">Other</h1>', encoding="utf-8")
            return list(check_site.Site(root).faults())

    def test_links_that_lead_somewhere(self):
        self.assertEqual(self.faults('<p id="a"><a href="other.html#top">x</a><a href="#a">y</a><a href=".">z</a>'), [])
        self.assertEqual(self.faults('<a href="https://example.org">elsewhere</a>'), [])

    def test_links_that_lead_nowhere(self):
        self.assertEqual(self.faults('<a href="third.html">x</a>'), ["index.html: third.html: no such page"])
        self.assertEqual(self.faults('<a href="other.html#end">x</a>'),
                         ["index.html: other.html#end: no such place on that page"])

    def test_what_is_fetched_from_elsewhere(self):
        self.assertEqual(self.faults('<script src="https://example.org/a.js"></script>'),
                         ["index.html: fetches https://example.org/a.js"])

    def test_an_announcement_that_shows(self):
        self.assertEqual(self.faults("<p>&lt;!-- from a.cpp --&gt;"), ["index.html: shows <!-- from a.cpp -->"])


if __name__ == "__main__":
    unittest.main()

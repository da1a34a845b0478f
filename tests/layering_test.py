"""The layering check must be able to fail: each test is a tiny tree with one violation, or with none."""

import pathlib
import tempfile
import unittest

import layering


class Layering(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / "srlm" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return layering.check(root)

    def only_problem(self, files):
        problems = self.problems(files)
        self.assertEqual(len(problems), 1, problems)
        return problems[0]

    def test_lower_and_own_layers_are_fine(self):
        self.assertEqual(self.problems({
            "core/token.hpp": "#include <cstdint>\n",
            "core/seed.hpp": "#include <srlm/core/token.hpp> // Token\n#include <vector>\n",
            "io/jsonl.hpp": "#include <srlm/core/seed.hpp>\n#include <nlohmann/json.hpp>\n",
            "backend/cuda.cuh": "#include <srlm/core/seed.hpp>\n",
            "backend/kernels/softmax.cuh": "#include <srlm/backend/cuda.cuh>\n",
            "srlm.hpp": "#include <srlm/io/jsonl.hpp>\n",
        }), [])

    def test_a_higher_layer_is_named_with_file_and_line(self):
        self.assertEqual(
            self.only_problem({"core/seed.hpp": "#pragma once\n#include <srlm/io/jsonl.hpp>\n", "io/jsonl.hpp": ""}),
            "srlm/core/seed.hpp:2: core includes <srlm/io/jsonl.hpp>, which is a higher layer")

    def test_a_header_below_the_top_must_not_include_it(self):
        self.assertIn("higher layer", self.only_problem({"testing/laws.hpp": "#include <srlm/srlm.hpp>", "srlm.hpp": ""}))

    def test_a_header_in_an_unknown_layer(self):
        self.assertIn("unknown layer 'misc'", self.only_problem({"misc/things.hpp": ""}))

    def test_an_include_of_an_unknown_layer(self):
        problems = self.problems({"io/a.hpp": "#include <srlm/misc/b.hpp>", "misc/b.hpp": ""})
        self.assertEqual(problems[0], "srlm/io/a.hpp:1: <srlm/misc/b.hpp> is in no known layer")

    def test_an_include_that_does_not_exist(self):
        self.assertIn("does not exist", self.only_problem({"io/a.hpp": "#include <srlm/io/b.hpp>"}))

    def test_a_hpp_that_includes_a_cuh(self):
        self.assertIn("only nvcc", self.only_problem({"backend/a.hpp": "#include <srlm/backend/b.cuh>",
                                                      "backend/b.cuh": ""}))

    def test_quotes_instead_of_angle_brackets(self):
        self.assertIn('"seed.hpp"', self.only_problem({"core/a.hpp": '#include "seed.hpp"', "core/seed.hpp": ""}))

    def test_iostream_stays_out(self):
        self.assertIn("<iostream>", self.only_problem({"io/a.hpp": "#include <iostream>"}))

    def test_eigen_enters_through_backend_and_the_top(self):
        self.assertEqual(self.problems({"srlm.hpp": "#include <srlm/backend/eigen.hpp>",
                                        "backend/eigen.hpp": "#include <Eigen/Core>"}), [])

    def test_a_model_header_with_eigen(self):
        self.assertIn("component eigen", self.only_problem({"model/a.hpp": "#include <Eigen/Core>"}))

    def test_a_model_header_with_the_policy_over_eigen(self):
        self.assertIn("which model must not need", self.only_problem({
            "model/a.hpp": "#include <srlm/backend/host_rows.hpp>",
            "backend/host_rows.hpp": "",
        }))

    def test_core_with_a_third_party_header(self):
        self.assertIn("<nlohmann/json.hpp>", self.only_problem({"core/a.hpp": "#include <nlohmann/json.hpp>"}))

    def test_core_that_reaches_a_third_party_header_at_depth(self):
        problem = self.only_problem({
            "self_rewarding.hpp": "\n#include <srlm/io/a.hpp>",
            "io/a.hpp": "#include <srlm/io/b.hpp>",
            "io/b.hpp": "#include <nlohmann/json.hpp>",
        })
        self.assertIn("srlm/self_rewarding.hpp:2:", problem)
        self.assertIn("through srlm/io/a.hpp -> srlm/io/b.hpp", problem)

    def test_a_selector_belongs_to_core(self):
        self.assertIn("standard library alone", self.only_problem({
            "data/best_versus_worst.hpp": "#include <srlm/io/jsonl.hpp>",
            "io/jsonl.hpp": "#include <nlohmann/json.hpp>",
        }))

    def test_commented_includes_do_not_count(self):
        self.assertEqual(self.problems({"core/a.hpp": "// #include <regex>\n/*\n#include <iostream>\n*/\n"}), [])


if __name__ == "__main__":
    unittest.main()

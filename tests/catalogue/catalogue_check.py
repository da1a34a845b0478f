#!/usr/bin/env python3
"""A part of the library is one short file and one line in its list: every part's file is in the list and short, and a
loss added so (one file, one line) is known and keeps the laws, without another change.

Usage: catalogue_check.py INCLUDE_FOLDER COMPILER [FLAGS...]
"""
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_LINES = 60
SHARED = {"losses", "logistic", "log_ratios", "weighted_sum"}  # what the losses are made of, and their list

LOSS = """/// A loss that somebody adds: the logistic loss of the square root of the margin's size.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta * m / sqrt(1 + |m|)), m = margin.
struct AddedLoss {
  static constexpr std::string_view name = "added";
  static constexpr std::string_view source = "a test";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &AddedLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const m = loss::margin(p), size = 1 + std::abs(m), x = beta * m / std::sqrt(size);
    double const slope = beta * (1 - std::abs(m) / (2 * size)) / std::sqrt(size);
    return loss::of_difference(loss::softplus(-x), -slope * loss::sigmoid(-x));
  }
};

} // namespace srlm
"""

PROGRAM = """#include <srlm/loss/losses.hpp>
#include <srlm/testing/loss_laws.hpp>
int main() {
  bool known = false, holds = false;
  std::vector<srlm::PairLogProbs> const points = {{-40, -55, -42, -50, 20, 25}, {-31, -12, -30, -13, 17, 9}};
  srlm::for_each_type(srlm::Losses{}, [&]<class L>(std::type_identity<L>) {
    if (L::name == "added") {
      known = true;
      holds = srlm::testing::loss_laws(L{}, points).empty();
    }
  });
  return known && holds ? 0 : 1;
}
"""


def check_lists(include, problems):
    losses = include / "srlm" / "loss"
    listed = (losses / "losses.hpp").read_text()
    for path in sorted(losses.glob("*.hpp")):
        lines = len(path.read_text().splitlines())
        if lines > MOST_LINES:
            problems.append(f"{path}: {lines} lines, at most {MOST_LINES}")
        if path.stem not in SHARED and f"<srlm/loss/{path.name}>" not in listed:
            problems.append(f"{path}: not in losses.hpp")
        for name in re.findall(r"struct (\w+Loss) ", path.read_text()):
            if path.stem not in SHARED and not re.search(rf"\b{name}\b", listed):
                problems.append(f"{path}: {name} is not in the list of losses.hpp")


def check_addition(include, compiler, problems):
    assert len(LOSS.splitlines()) <= 40
    with tempfile.TemporaryDirectory() as folder:
        overlay = pathlib.Path(folder)
        (overlay / "srlm" / "loss").mkdir(parents=True)
        (overlay / "srlm" / "loss" / "added.hpp").write_text(LOSS)
        listed = (include / "srlm" / "loss" / "losses.hpp").read_text()
        added = listed.replace("#include <srlm/loss/aot.hpp>", "#include <srlm/loss/added.hpp>\n#include <srlm/loss/aot.hpp>")
        added = added.replace("TypeList<DpoLoss,", "TypeList<DpoLoss, AddedLoss,")
        (overlay / "srlm" / "loss" / "losses.hpp").write_text(added)
        (overlay / "main.cpp").write_text(PROGRAM)
        program = overlay / "program"
        command = [*compiler, "-std=c++20", f"-I{overlay}", f"-I{include}", str(overlay / "main.cpp"), "-o", str(program)]
        built = subprocess.run(command, capture_output=True, text=True)
        if built.returncode != 0:
            problems.append("a loss that is added does not compile:\n" + built.stderr[:2000])
        elif subprocess.run([str(program)]).returncode != 0:
            problems.append("a loss that is added is not known or breaks a law")


def main():
    include, problems = pathlib.Path(sys.argv[1]), []
    check_lists(include, problems)
    check_addition(include, sys.argv[2:], problems)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()

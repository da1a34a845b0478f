#!/usr/bin/env python3
"""Measures srlm beside torch, transformers and TRL in one run and prints ratios.

Usage: compare_peers.py BENCHMARK_PROGRAM PEERS_FOLDER SCRIPTS_FOLDER [MODEL]
  BENCHMARK_PROGRAM  build/release/benchmarks/benchmark_model
  PEERS_FOLDER       holds v/bin/python (with torch, transformers, trl) and hf/ (SmolLM2-135M-Instruct in f32)
  SCRIPTS_FOLDER     holds torch_phases.py and trl_dpo.py
  MODEL              the same model for srlm (GGUF or folder); without it srlm takes random weights
"""
import json
import os
import re
import subprocess
import sys


def ours(program, model):
    environment = dict(os.environ)
    if model:
        environment["SRLM_MODEL"] = os.path.abspath(model)
    out = subprocess.run([program, "--benchmark_format=json"], env=environment, check=True, capture_output=True, text=True)
    figures = {}
    for row in json.loads(out.stdout)["benchmarks"]:
        name = row["name"].replace("/real_time", "").split("/iterations")[0]
        figures[name] = row.get("tokens/s", row["real_time"])
    return figures


def theirs(peers, scripts):
    python = os.path.join(peers, "v/bin/python")
    figures = {}
    out = subprocess.run([python, os.path.join(scripts, "torch_phases.py"), "f32"], cwd=peers, check=True,
                         capture_output=True, text=True).stdout
    for key, pattern in (("log_probabilities", r"score 8x512 tok/s ([\d.]+)"), ("generation/1", r"generate b 1 new tok/s ([\d.]+)"),
                         ("generation/8", r"generate b 8 new tok/s ([\d.]+)"), ("generation/32", r"generate b 32 new tok/s ([\d.]+)"),
                         ("supervised_step", r"SFT 4x512 tok/s ([\d.]+)")):
        found = re.search(pattern, out)
        if found:
            figures[key] = float(found[1])
    out = subprocess.run([python, os.path.join(scripts, "trl_dpo.py"), "f32", "gc"], cwd=peers, check=True,
                         capture_output=True, text=True).stdout
    found = re.search(r"s/pair ([\d.]+)", out)
    if found:
        figures["preference_pair"] = float(found[1])
    return figures


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    if os.getloadavg()[0] > 0.5:
        print(f"warning: the machine is busy (load {os.getloadavg()[0]:.1f}); ratios may be off", file=sys.stderr)
    a, b = ours(sys.argv[1], sys.argv[4] if len(sys.argv) == 5 else None), theirs(sys.argv[2], sys.argv[3])
    print(f"{os.cpu_count()} cores, f32")
    print(f"{'work':20} {'srlm':>10} {'peer':>10} {'ratio':>7}")
    for name in b:
        ratio = b[name] / a[name] if name == "preference_pair" else a[name] / b[name]
        print(f"{name:20} {a[name]:10.2f} {b[name]:10.2f} {ratio:7.2f}")


if __name__ == "__main__":
    main()

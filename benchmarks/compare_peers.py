#!/usr/bin/env python3
"""Measures srlm beside torch, transformers and TRL in one run, in f32 on two threads, and prints ratios.

Usage: compare_peers.py BENCHMARK_PROGRAM PEERS_FOLDER SCRIPTS_FOLDER [MODEL]
  BENCHMARK_PROGRAM  build/release/benchmarks/benchmark_model
  PEERS_FOLDER       holds v/bin/python (with torch, transformers, trl) and hf/ (SmolLM2-135M-Instruct in f32)
  SCRIPTS_FOLDER     holds torch_phases.py, trl_dpo.py and one_turn.py
  MODEL              the same model for srlm (GGUF or folder); without it srlm takes random weights

Each peer's script runs between two runs of the same work here, whose times are averaged; a machine whose speed drifts
shows as "spread", how far the two are apart.
"""
import json
import os
import re
import subprocess
import sys

# script and its arguments; {our benchmark: what the script prints before its figure}
WORK = (
    (("torch_phases.py", "f32"), {
        "log_probabilities": "score 8x512 tok/s",
        "generation/1": "generate b 1 new tok/s",
        "generation/8": "generate b 8 new tok/s",
        "generation/32": "generate b 32 new tok/s",
        "supervised_step": "SFT 4x512 tok/s",
    }),
    (("trl_dpo.py", "f32", "gc"), {"preference_pair": "s/pair"}),
    (("one_turn.py", "f32"), {"one_turn": "total s/prompt"}),
)
TURN_PROMPTS = 4


def ours(program, model, names):
    environment = dict(os.environ)
    if model:
        environment["SRLM_MODEL"] = os.path.abspath(model)
    only = "--benchmark_filter=^(" + "|".join(names) + ")/"
    out = subprocess.run([program, "--benchmark_format=json", only], env=environment, check=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    figures = {}
    for row in json.loads(out.stdout)["benchmarks"]:
        name = re.sub(r"/(iterations:\d+|real_time)", "", row["name"])
        figures[name] = row.get("tokens/s", row["real_time"])
        if name == "one_turn":
            figures[name] /= TURN_PROMPTS
    return figures


def theirs(peers, scripts, command, labels):
    run = subprocess.run([os.path.join(peers, "v/bin/python"), os.path.join(scripts, command[0]), *command[1:]],
                         cwd=peers, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{run.stderr[-2000:]}")
    figures = {}
    for name, label in labels.items():
        found = re.search(re.escape(label) + r"\s+([\d.]+)", run.stdout)
        if not found:
            sys.exit(f"{' '.join(command)} printed no \"{label}\":\n{run.stdout}")
        figures[name] = float(found[1])
    return figures


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    program, peers, scripts = sys.argv[1:4]
    model = sys.argv[4] if len(sys.argv) == 5 else None
    if os.getloadavg()[0] > 0.5:
        print(f"warning: the machine is busy (load {os.getloadavg()[0]:.1f}); ratios may be off", file=sys.stderr)
    print(f"{os.cpu_count()} cores, f32; tokens/s, and seconds for preference_pair and one_turn (a prompt)")
    print(f"{'work':20} {'srlm':>10} {'spread':>7} {'peer':>10} {'ratio':>7}", flush=True)
    for command, labels in WORK:
        before = ours(program, model, labels)
        peer = theirs(peers, scripts, command, labels)
        after = ours(program, model, labels)
        for name in labels:
            mine = (before[name] + after[name]) / 2
            spread = abs(before[name] - after[name]) / mine
            seconds = name in ("preference_pair", "one_turn")
            ratio = peer[name] / mine if seconds else mine / peer[name]
            print(f"{name:20} {mine:10.2f} {spread:7.0%} {peer[name]:10.2f} {ratio:7.2f}", flush=True)


if __name__ == "__main__":
    main()

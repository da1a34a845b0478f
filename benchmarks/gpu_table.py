"""One Markdown table of what tests/gpu.sh measured: a row for each work, ours and the peer's for each shape.

usage: gpu_table.py GPU FOLDER      FOLDER holds 135M.json, 1.7B.json (Google Benchmark), peer_135M.json, peer_1.7B.json
"""

import json
import pathlib
import re
import sys

SHAPES = ("135M", "1.7B")
# our benchmark, what the table calls it, and the unit of its figure
WORK = [("log_probabilities", "prefill: log-probabilities 8 x 512", "tokens/s"),
        *((f"generation/{b}", f"generation b = {b}, 128 + 128 tokens", "new tokens/s") for b in (1, 4, 16, 64, 256, 1024)),
        ("supervised_step", "SFT step 4 x 512 with AdamW", "tokens/s"),
        ("preference_pair", "one DPO pair 256/256/256, reference pass included", "s"),
        ("one_turn", "one whole turn: 4 prompts, 16 answers, 48 verdicts, 4 pairs", "s")]


def ours(path):
    """Figures by work; a benchmark that could not run says why."""
    figures = {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    except (OSError, ValueError): # ended early: what it wrote is no whole JSON
        return figures
    for row in rows:
        name = re.sub(r"/(iterations:\d+|real_time)", "", row["name"])
        if row.get("error_occurred"):
            figures[name] = "not run: " + row.get("error_message", "")[:60]
        else:
            figures[name] = row.get("tokens/s", row["real_time"])
    return figures


def peer(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def cell(value):
    return f"{value:.4g}" if isinstance(value, float) else value or "-"


def table(gpu, folder):
    """The lines of the table."""
    columns = [(shape, ours(folder / f"{shape}.json"), peer(folder / f"peer_{shape}.json")) for shape in SHAPES]
    lines = [f"{gpu}; random weights, f32 without TF32, on both sides.", "",
             "| work | unit | " + " | ".join(f"{shape} | torch" for shape, _, _ in columns) + " |",
             "| --- | --- |" + " --- | --- |" * len(columns)]
    for name, title, unit in WORK:
        cells = [cell(figures.get(name)) for _, mine, theirs in columns for figures in (mine, theirs)]
        lines.append(f"| {title} | {unit} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    print("\n".join(table(sys.argv[1], pathlib.Path(sys.argv[2]))))

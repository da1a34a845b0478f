"""Tables in Markdown of what tests/gpu.sh measured, in bf16 and in f32: each work, ours and the peer's, for each shape; and
the kernels beside what the GPU could do in the same run.

usage: gpu_table.py GPU FOLDER
  FOLDER  holds model_SHAPE_KIND.json and kernels_SHAPE_KIND.json (Google Benchmark) and peer_SHAPE_KIND.json, each of
          which may be missing; SHAPE: 135M, 1.7B; KIND: bf16, f32
"""

import json
import pathlib
import re
import sys

SHAPES = ("135M", "1.7B")
KINDS = {"bf16": "bf16; ours with weights, gradients and moments in f32 as well, the peer's in bf16 alone",
         "f32": "f32 without TF32, on both sides"}
# our benchmark, what the table calls it, and the unit of its figure
WORK = [("log_probabilities", "log-probabilities 8 x 512", "tokens/s"),
        ("prefill", "prefill 512, one prompt", "tokens/s"),
        *((f"generation/{b}", f"generation b = {b}, 128 + 128 tokens", "new tokens/s") for b in (1, 4, 16, 64, 256, 1024)),
        ("supervised_step", "SFT step 4 x 512 with AdamW", "tokens/s"),
        ("preference_pair", "one DPO pair 256/256/256, reference pass included", "s"),
        ("one_turn", "one whole turn: 4 prompts, 16 answers, 48 verdicts, 4 pairs", "s")]
ROOFS = {"flop/s": ("peak_of_products", "GF/s"), "byte/s": ("memory_moved", "GB/s")}


def rows(path):
    """A program's rows by name; none where it ended early, which leaves no whole JSON."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    except (OSError, ValueError):
        return {}
    return {re.sub(r"/(iterations:\d+|real_time)", "", row["name"]): row for row in listed}


def ours(row):
    """A figure, or why there is none."""
    if row is None:
        return None
    if row.get("error_occurred"):
        return "not run: " + row.get("error_message", "")[:60]
    return row.get("tokens/s", row["real_time"])


def peer(path):
    """The figures that gpu_peer.py printed before its limit."""
    try:
        printed = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: value for line in printed if line.startswith("{") for name, value in json.loads(line).items()}


def cell(value):
    return f"{value:.4g}" if isinstance(value, float) else value or "-"


def works(folder, kind):
    columns = [(rows(folder / f"model_{shape}_{kind}.json"), peer(folder / f"peer_{shape}_{kind}.json")) for shape in SHAPES]
    yield "| work | unit | " + " | ".join(f"{shape} | torch" for shape in SHAPES) + " |"
    yield "| --- | --- |" + " --- | --- |" * len(SHAPES)
    for name, title, unit in WORK:
        cells = [cell(figure) for mine, theirs in columns for figure in (ours(mine.get(name)), theirs.get(name))]
        yield f"| {title} | {unit} | " + " | ".join(cells) + " |"


def of_the_roof(kernels, name):
    """A kernel's figure and its share of the peak that was probed beside it."""
    unit = next((u for u in ROOFS if u in kernels.get(name, {})), None)
    if unit is None:
        return cell(ours(kernels.get(name)) if kernels.get(name, {}).get("error_occurred") else None)
    roof_name, words = ROOFS[unit]
    value, roof = kernels[name][unit], kernels.get(roof_name, {}).get(unit)
    return f"{value / 1e9:.4g} {words}" + (f", {value / roof:.0%}" if roof else "")


def kernel_table(folder, kind):
    columns = [rows(folder / f"kernels_{shape}_{kind}.json") for shape in SHAPES]
    yield "| kernel | " + " | ".join(SHAPES) + " |"
    yield "| --- |" + " --- |" * len(SHAPES)
    for name in dict.fromkeys(name for kernels in columns for name in kernels):
        yield f"| {name} | " + " | ".join(of_the_roof(kernels, name) for kernels in columns) + " |"


def table(gpu, folder):
    """The lines of all tables."""
    yield f"{gpu}; random weights."
    for kind, words in KINDS.items():
        yield from ("", f"## {words}", "")
        yield from works(folder, kind)
        yield from ("", "Kernels, and their share of the largest product or of the memory's speed in the same run (more than all of "
                    "it where numbers lie in a cache):", "")
        yield from kernel_table(folder, kind)


if __name__ == "__main__":
    print("\n".join(table(sys.argv[1], pathlib.Path(sys.argv[2]))))

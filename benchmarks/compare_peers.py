#!/usr/bin/env python3
"""Measures srlm beside torch, transformers, TRL and llama.cpp in one run, and writes ratios.

Usage: compare_peers.py PROGRAMS PEERS SCRIPTS OUT [--rounds N] [--only TEXT] [--kind bf16|f32]
  PROGRAMS  holds benchmark_model and benchmark_kernels
  PEERS     holds what SCRIPTS/setup.sh installs: v/bin/python, hf/, lcb/bin/, smollm2-BF16.gguf, smollm2-F32.gguf
  SCRIPTS   holds torch_phases.py, trl_dpo.py and one_turn.py
  OUT       gets compare.json (a list of works), machine.json (what the machine could do in that run), compare.md, compare.svg

A round runs each work of theirs and, right after it, the same of ours; five rounds unless told otherwise. A ratio is
that of one round; told are its median and its spread, how far the middle half of the rounds lies apart. Both sides have
two threads, the weights of SmolLM2-135M-Instruct, and answers as long as their limit.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TURN_PROMPTS = 4
BODY, HEAD = 30 * 576 * (960 + 576 + 3072 + 1536), 49152 * 576  # factors of SmolLM2-135M's products
LLAMA_BATCHES = (8, 32, 64)


class Work:
    """One benchmark of ours against one figure of theirs. better: 'higher' (tokens a second) or 'lower' (seconds).
    flops: of products that cannot be left out, for each token or for the whole work. kind: ours, where it is not the peer's."""

    def __init__(self, name, ours, theirs, unit="tokens/s", flops=None, kind=None):
        self.name, self.ours, self.theirs, self.unit, self.flops, self.kind = name, ours, theirs, unit, flops, kind
        self.better = "lower" if unit.startswith("s") else "higher"


def torch_script(script, *arguments, **labels):
    def run(peers, scripts, kind):
        path = os.path.join(HERE if script == "torch_chat_rows.py" else scripts, script)
        out, memory = command([os.path.join(peers, "v/bin/python"), path, *(a.format(kind=kind) for a in arguments)], peers)
        figures = {name: float(found(label, out)) for name, label in labels.items()}
        if script == "one_turn.py":
            figures["memory"] = memory
            prompts = [int(n) for n in re.findall(r"torch.Size\(\[\d+, (\d+)\]\)", out)]
            figures["judge prompt"] = max(prompts)
        return figures
    return run


def model_file(kind):
    return "smollm2-BF16.gguf" if kind == "bf16" else "smollm2-F32.gguf"


def llama_bench(peers, _, kind):
    model = model_file(kind)
    out, _ = command(["lcb/bin/llama-bench", "-m", model, "-t", "2", "-p", "512", "-n", "128", "-r", "2", "-o", "json"], peers)
    rows = json.loads(out)
    return {"prefill" if row["n_prompt"] else "decode": row["avg_ts"] for row in rows}


def llama_batched(peers, _, kind):
    model = model_file(kind)
    sizes = ",".join(map(str, LLAMA_BATCHES))
    out, _ = command(["lcb/bin/llama-batched-bench", "-m", model, "-t", "2", "-c", "12288", "-b", "2048", "-ub", "512", "-npp", "128",
                      "-ntg", "128", "-npl", sizes, "-pps"], peers)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines() if re.match(r"\|\s+\d", line)]
    head = [[cell.strip() for cell in line.strip("|").split("|")] for line in out.splitlines() if "S_TG t/s" in line][0]
    for row in cells:
        same_work("llama.cpp's prompt and answer", (128, 128), (int(row[head.index("PP")]), int(row[head.index("TG")])))
    return {int(row[head.index("B")]): float(row[head.index("S_TG t/s")]) for row in cells}


def same_work(what, ours, theirs):
    if ours != theirs:
        sys.exit(f"{what}: {theirs} tokens on their side, {ours} on ours; that is not the same work")


def plan(kind):
    """(peer, how to run it, its works)"""
    gc = "gc" if kind == "f32" else "nogc"  # TRL's defaults are f32 with gradient checkpointing
    pair = [Work("DPO pair 256 + 256 + 256", "preference_pair", "pair", "s", flops=8 * (768 * BODY + 512 * HEAD))]
    if kind == "f32":
        pair.append(Work("DPO pair, ours in bf16", "preference_pair", "pair", "s", kind="bf16"))
    return [
        ("torch", torch_script("torch_phases.py", "{kind}", score="score 8x512 tok/s", b1="generate b 1 new tok/s",
                               b8="generate b 8 new tok/s", b32="generate b 32 new tok/s", sft="SFT 4x512 tok/s"),
         [Work("log-probabilities, 8 x 512", "log_probabilities", "score", flops=2 * (BODY + HEAD)),
          Work("generation, b = 1", "generation/1", "b1"),
          Work("generation, b = 8", "generation/8", "b8"),
          Work("generation, b = 32", "generation/32", "b32"),
          Work("SFT step, 4 x 512", "supervised_step", "sft", flops=6 * (BODY + HEAD))]),
        ("torch", torch_script("torch_chat_rows.py", "{kind}", os.path.join(HERE, "chat_rows.txt"),
                               rows="SFT chat rows tok/s"),
         [Work("SFT step, chat rows", "chat_rows", "rows")]),
        ("llama.cpp", llama_bench,
         [Work("prefill 512", "prefill", "prefill"), Work("generation, b = 1", "generation/1", "decode")]),
        ("llama.cpp", llama_batched,
         [Work(f"generation, one prompt, b = {b}", f"shared_generation/{b}", b) for b in LLAMA_BATCHES]),
        ("TRL", torch_script("trl_dpo.py", "{kind}", gc, pair="s/pair"), pair),
        ("torch", torch_script("one_turn.py", "{kind}", turn="total s/prompt"),
         [Work("one turn, a prompt", "one_turn", "turn", "s"),
          Work("one turn, memory at its peak", "one_turn memory", "memory", "s of GB")]),
    ]


def command(arguments, folder, **variables):
    """What it prints, and the most memory that it held, GB."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")} | variables
    process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told = []
    reader = threading.Thread(target=lambda: told.append(process.stderr.read()))
    reader.start()
    text = process.stdout.read()
    reader.join()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed:\n{told[0][-2000:]}")
    return text, usage.ru_maxrss / 1e6


def found(label, text):
    match = re.search(re.escape(label) + r"['\s]+([\d.]+)", text)
    if not match:
        sys.exit(f'no "{label}" in:\n{text[-2000:]}')
    return match[1]


def ours(program, peers, names, kind):
    wanted = "|".join(sorted({name.removesuffix(" memory") for name in names}))
    out, memory = command([program, "--benchmark_format=json", f"--benchmark_filter=^({wanted})/"], ".",
                          SRLM_MODEL=os.path.join(peers, model_file(kind)),
                          SRLM_BACKEND="onednn" if kind == "bf16" else "eigen", OMP_NUM_THREADS="2",
                          SRLM_ROWS=os.path.join(HERE, "chat_rows.txt"))
    figures = {}
    for row in json.loads(out)["benchmarks"]:
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row['error_message']}")
        name = re.sub(r"/(iterations:\d+|real_time)", "", row["name"])
        figures[name] = row.get("tokens/s", row["real_time"])
        if name == "one_turn":
            figures[name] /= TURN_PROMPTS
            figures["judge prompt"] = row["judge_prompt"]
            figures["one_turn memory"] = memory
    return figures


def roof(program, kind):
    """What the machine could do, now: peaks, and a pass of nothing but the model's products."""
    out, _ = command([program, "--benchmark_format=json", "--benchmark_filter=^(peak_|memory_|products_of_a_pass)"], ".",
                     SRLM_BACKEND="onednn" if kind == "bf16" else "eigen", OMP_NUM_THREADS="2")
    rows = {re.sub("/real_time", "", row["name"]): row for row in json.loads(out)["benchmarks"]}
    return {name: row.get("rows/s", row.get("flop/s", row.get("byte/s"))) for name, row in rows.items()}


def quartile_spread(values):
    if len(values) < 3:
        return max(values) - min(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return high - low


def table(kind, results, roofs, rounds):
    lines = [f"{rounds} rounds, {kind}, two threads. Medians; \"spread\" is how far the middle half of the rounds' ratios lies apart.", "",
             "\"of the roof\": useful flops beside those of a pass of nothing but products, 512 rows.", "",
             "| work | peer | srlm | peer's | unit | ratio | spread | of the roof |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for r in results:
        lines.append(f"| {r['work']} | {r['peer']} | {r['ours']:.4g} | {r['theirs']:.4g} | {r['unit']} | {r['ratio']:.2f} | {r['spread']:.2f} | "
                     f"{format(r['of the roof'], '.0%') if 'of the roof' in r else ''} |")
    lines += ["", "| the machine, in the same run | |", "| --- | --- |"]
    for name, value in roofs.items():
        unit = "rows/s" if name.startswith("products") else "GB/s" if name.startswith("memory") else "GF/s"
        lines.append(f"| {name} | {value if unit == 'rows/s' else value / 1e9:.0f} {unit} |")
    return "\n".join(lines) + "\n"


def plot(results):
    """Ratios as bars, on a page of their own."""
    high, left, width = 26, 330, 420
    most = max(r["ratio"] for r in results)
    rows = []
    for i, r in enumerate(results):
        y, bar = 30 + i * high, r["ratio"] / most * width
        rows.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{r["work"]} ({r["peer"]})</text>'
                    f'<rect x="{left}" y="{y}" width="{bar:.0f}" height="18" fill="#4878a8"/>'
                    f'<text x="{left + bar + 6:.0f}" y="{y + 14}">{r["ratio"]:.2f}</text>')
    one = left + width / most
    bottom = 30 + len(results) * high
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{bottom + 20}" font-family="sans-serif" font-size="13">'
            f'<text x="{left}" y="18">times as fast as the peer</text>{"".join(rows)}'
            f'<line x1="{one:.0f}" y1="24" x2="{one:.0f}" y2="{bottom}" stroke="#c00" stroke-dasharray="4 3"/></svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("programs", "peers", "scripts", "out"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="works or peers whose names have this in them")
    parser.add_argument("--kind", choices=("bf16", "f32"), default="bf16")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: at least 1 round is needed")
    program = os.path.join(os.path.abspath(options.programs), "benchmark_model")
    kernels = os.path.join(os.path.abspath(options.programs), "benchmark_kernels")
    peers, scripts = os.path.abspath(options.peers), os.path.abspath(options.scripts)
    if os.getloadavg()[0] > 0.5:
        print(f"warning: the machine is busy (load {os.getloadavg()[0]:.1f}); ratios may be off", file=sys.stderr)
    os.makedirs(options.out, exist_ok=True)
    roofs = roof(kernels, options.kind)
    figures, works_of_a_round = {}, plan(options.kind)
    for turn in range(options.rounds):
        for peer, run, works in works_of_a_round:
            works = [w for w in works if options.only in w.name or options.only in peer]
            if not works:
                continue
            theirs = run(peers, scripts, options.kind)
            kinds = sorted({w.kind or options.kind for w in works})
            by_kind = {k: ours(program, peers, [w.ours for w in works if (w.kind or options.kind) == k], k) for k in kinds}
            mine = by_kind.get(options.kind, {})
            if "judge prompt" in theirs and not 0.9 <= theirs["judge prompt"] / mine["judge prompt"] <= 1.05:
                sys.exit(f"a judge's prompt: {theirs['judge prompt']} tokens on their side, padded to the longest of a batch, "
                         f"{mine['judge prompt']} on ours; theirs may be 10% shorter or 5% longer, which favours them")
            for work in works:
                pair = by_kind[work.kind or options.kind][work.ours], theirs[work.theirs]
                figures.setdefault((work, peer), []).append(pair)
                print(f"round {turn + 1}: {work.name}, {peer}: {pair[0]:.4g} against {pair[1]:.4g}", flush=True)
        results = []
        for (work, peer), pairs in figures.items():
            ratios = [mine / their if work.better == "higher" else their / mine for mine, their in pairs]
            ours_now = statistics.median(m for m, _ in pairs)
            results.append({"work": work.name, "kind": work.kind or options.kind, "peer": peer, "ours": ours_now,
                            "theirs": statistics.median(t for _, t in pairs), "unit": "GB" if work.unit == "s of GB" else work.unit,
                            "ratio": statistics.median(ratios), "spread": quartile_spread(ratios),
                            "rounds": len(pairs), "ratios": ratios})
            if work.flops:
                rate = work.flops * ours_now if work.better == "higher" else work.flops / ours_now
                results[-1]["of the roof"] = rate / (2 * (BODY + HEAD) * roofs["products_of_a_pass/512"])
        for name, text in (("compare.json", json.dumps(results, indent=1)), ("machine.json", json.dumps(roofs, indent=1)),
                           ("compare.md", table(options.kind, results, roofs, turn + 1)), ("compare.svg", plot(results))):
            with open(os.path.join(options.out, name), "w", encoding="utf-8") as file:  # after every round
                file.write(text)
    print(open(os.path.join(options.out, "compare.md"), encoding="utf-8").read())


if __name__ == "__main__":
    main()

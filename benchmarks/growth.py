#!/usr/bin/env python3
"""How the time of one turn grows with the work, and how it shrinks with a second thread.

Usage: growth.py PROGRAMS OUT
  PROGRAMS  holds benchmark_model
  OUT       gets growth.json, growth.md and growth.svg

SRLM_BACKEND is honoured. Each number of the turn grows alone; three runs, of each point the
median. A line, time = start + slope x number, is fitted by least squares of the relative errors; told is how far the points
lie from it at most. Then a turn of 64 prompts, on one thread and on two in turns, five times.
"""
import json
import os
import statistics
import subprocess
import sys

RUNS, PAIRS = 3, 5


def run(program, threads, wanted="^(prompts|candidates|votes|answer length)/"):
    environment = dict(os.environ) | {"SRLM_SHAPE": "5M", "SRLM_MODEL": "", "OMP_NUM_THREADS": str(threads)}
    out = subprocess.run([program, "--benchmark_format=json", f"--benchmark_filter={wanted}"], env=environment, check=True,
                         capture_output=True, text=True).stdout
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    points = {}
    for row in json.loads(out)["benchmarks"]:
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row['error_message']}")
        name, number = row["name"].split("/")[:2]
        points[name, int(number)] = row["real_time"] * scale[row["time_unit"]]
    return points


def line(points):
    """(start, slope) with the least sum of ((start + slope n) / t - 1)^2."""
    a = b = c = d = e = 0.0
    for n, t in points:
        a, b, c, d, e = a + 1 / t**2, b + n / t**2, c + n * n / t**2, d + 1 / t, e + n / t
    determinant = a * c - b * b
    return (c * d - b * e) / determinant, (a * e - b * d) / determinant


def plot(axes):
    """A picture for each axis, side by side: points and their line."""
    size, parts = 240, []
    for i, axis in enumerate(axes):
        most_n, most_t = axis["points"][-1][0], max(t for _, t in axis["points"]) * 1.05
        x, y = lambda n: 50 + i * (size + 60) + n / most_n * size, lambda t: 270 - t / most_t * size
        parts.append(f'<text x="{x(most_n / 2):.0f}" y="18" text-anchor="middle">{axis["name"]}</text>'
                     f'<path d="M{x(0):.1f} {y(most_t):.1f}V{y(0):.1f}H{x(most_n):.1f}" fill="none" stroke="#888"/>'
                     f'<path d="M{x(0):.1f} {y(axis["start"]):.1f}L{x(most_n):.1f} {y(axis["start"] + axis["slope"] * most_n):.1f}" '
                     f'stroke="#c00" stroke-dasharray="4 3"/>'
                     f'<text x="{x(0) - 4:.0f}" y="{y(most_t) + 10:.0f}" text-anchor="end">{most_t:.2g} s</text>'
                     f'<text x="{x(most_n):.0f}" y="288" text-anchor="end">{most_n}</text>')
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(t):.1f}" r="3" fill="#4878a8"/>' for n, t in axis["points"]]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{len(axes) * (size + 60) + 20}" height="300" '
            f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n')


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, out = os.path.join(os.path.abspath(sys.argv[1]), "benchmark_model"), sys.argv[2]
    os.makedirs(out, exist_ok=True)
    runs = [run(program, 2) for _ in range(RUNS)]
    axes = []
    for name in dict.fromkeys(name for name, _ in runs[0]):
        points = [(n, statistics.median(r[name, n] for r in runs)) for axis, n in runs[0] if axis == name]
        start, slope = line(points)
        axes.append({"name": name, "points": points, "start": start, "slope": slope,
                     "farthest": max(abs(t / (start + slope * n) - 1) for n, t in points)})
    pairs = [[run(program, threads, "^prompts/64/")["prompts", 64] for threads in (1, 2)] for _ in range(PAIRS)]
    ratios = [one / two for one, two in pairs]
    scaling = {"work": "64 prompts", "one": statistics.median(one for one, _ in pairs),
               "two": statistics.median(two for _, two in pairs), "ratio": statistics.median(ratios),
               "least": min(ratios), "most": max(ratios)}
    with open(os.path.join(out, "growth.json"), "w", encoding="utf-8") as file:
        json.dump({"axes": axes, "threads": scaling}, file, indent=1)
    lines = ["| number | from, to | start, s | slope, ms each | farthest from the line |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {a['name']} | {a['points'][0][0]}, {a['points'][-1][0]} | {a['start']:.3f} | {a['slope'] * 1e3:.3g} | "
              f"{a['farthest']:.0%} |" for a in axes]
    lines += ["", f"{scaling['work']}: {scaling['one']:.2f} s on one thread, {scaling['two']:.2f} s on two; "
              f"{scaling['ratio']:.2f} times as fast ({scaling['least']:.2f} to {scaling['most']:.2f})."]
    with open(os.path.join(out, "growth.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(out, "growth.svg"), "w", encoding="utf-8") as file:
        file.write(plot(axes))
    print("\n".join(lines))


if __name__ == "__main__":
    main()

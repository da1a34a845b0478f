"""Plants bugs in a copy of the kernels and of the products' layout, lets one at a time be at work, and expects the checks of races/ to find it.

A bug is an expression or a statement that is replaced; the group of checks that has to fail; and what it has to say. A
bug whose piece is not in the source exactly once is a failure too: the list has to follow the kernels. With no bug at
work all groups pass.

usage: planted_bugs.py INCLUDE_FOLDER WORK_FOLDER [--jobs N] -- COMPILER OPTION...
"""

import argparse
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys

RACES = pathlib.Path(__file__).resolve().parent / "races"

SHARED, DEVICE = "a race in shared memory", "a race in device memory"
LAYOUT, WRITES = "../product_layout.hpp", "../watched_writes.hpp"
# (file of backend/kernels, piece, replacement, group, words of the report); a piece that ends in ; is a statement
BUGS = [
    ("reduce.cuh", "__syncthreads(); // every warp's part is there", ";", "rows", SHARED),
    ("reduce.cuh", "__syncthreads(); // whoever still reads the scratch of an earlier reduction", ";", "rows", SHARED),
    ("rms_norm.cuh", "scale * scale * scale", "scale * scale", "rows", "rms_norm_backward: d_x is the derivative"),
    ("rms_norm.cuh", "static_cast<float>(to[c]) + gradient", "gradient", "rows", "rms_norm_backward adds to d_x"),
    ("rotate.cuh", "first + half", "first + 1", "rows", "rotate"),
    ("swiglu.cuh", "static_cast<float>(d_out[blockIdx.x][c])", "static_cast<float>(d_out[blockIdx.x][c / 2])", "rows",
     "swiglu_backward"),
    ("column_sums.cuh", "r < rows", "r + 1 < rows", "rows", "sum_rows"),
    ("column_sums.cuh", "static_cast<float>(x[c]) + sum", "sum", "rows", "rms_norm_backward adds to d_gain"),
    (LAYOUT, "p.beta = beta;", "p.beta = 0.0f;", "rows", "matmul: C = alpha op(A) op(B) + beta C"),
    (LAYOUT, "p.turn_left = turn_b;", "p.turn_left = turn_a;", "rows", "matmul: C = alpha op(A) op(B)"),
    (LAYOUT, "std::max({m.stride, m.cols, std::size_t{1}})", "std::max(m.cols, std::size_t{1})", "rows",
     "matmul: C = alpha op(A) op(B)"),
    (LAYOUT, "other.beta = p.beta;", "other.beta = 0.0f;", "rows", "in bf16: matmul: C = alpha op(A) op(B) + beta C"),
    ("bfloat16.cuh", "bits << (16 * i)", "bits << (16 * (1 - i))", "rows", "in bf16: matmul: C = alpha op(A) op(B)"),
    (WRITES, "told(value);", ";", "rows", "in bf16: a weight that was stepped is rounded anew"),
    ("elementwise.cuh", "beta * static_cast<float>(to)", "static_cast<float>(to) * 0.0f", "rows",
     "also with beta = 1 and depth 0"),
    ("embedding.cuh", "return; // the block of that row adds this one", ";", "rows", DEVICE),
    ("update.cuh", "static_cast<float>(t.gradient[i])", "static_cast<float>(t.gradient[0])", "rows", "adamw"),
    ("log_probs.cuh", "a.sum * expf(a.max - shift)", "a.sum", "head", "log_probs"),
    ("sample.cuh", "i <= last", "i < last", "head", "sample"),
    ("sample.cuh", "ceil(top_p * static_cast<double>(total))", "static_cast<double>(total)", "head", "tiny top_p"),
    ("attention.cuh", "j * page_rows + score.column(n, e) < seen[half]", "j * page_rows + score.column(n, e) <= seen[half]", "attention",
     "attention: out"),
    ("attention.cuh", "__syncthreads(); // the keys have been read; the weights are there", ";", "attention", SHARED),
    ("attention.cuh", "sum[half] * before", "sum[half]", "attention", "attention: "),
    ("attention.cuh", "expf(part_sums[part][head] - whole)", "expf(part_sums[part][head] - top)", "attention",
     "computed alone"),
    ("attention_tile.cuh", "left < page_rows ? left : page_rows", "left < page_rows ? left + 1 : page_rows",
     "attention", "attention: the same bits again"),
    ("attention_tile.cuh", "k + lane / 16 * 8", "k + lane / 32 * 8", "attention", "attention on tensor cores"),
    ("attention_tile.cuh", "k + lane / 8 % 2 * 8", "k", "attention", "attention on tensor cores"),
    ("attention_tile.cuh", "r < present && c + j < depth", "r <= present && c + j < depth", "attention",
     "attention on tensor cores"),
    ("attention_backward.cuh", "__syncwarp(); // a warp reads the rows that it wrote", ";", "attention", SHARED),
    ("attention_backward.cuh", "weight.at[n][e] * (d_weight.at[n][e] - room.dots[r])",
     "weight.at[n][e] * d_weight.at[n][e]", "attention", "attention_backward: d_k"),
    ("decoding.cuh", "state.ended == 0", "true", "decoding", DEVICE),
    ("decoding.cuh", "states[r].ended == 0", "true", "decoding", "not finite numbers"),
    ("decoding.cuh", "++state.position;", ";", "decoding", "not finite numbers"),
    ("decoding.cuh", "state.number + state.written", "state.number", "decoding", "decoding: windows write the tokens"),
    ("decoding.cuh", "ends[i] == token", "false", "decoding", "decoding: an answer that has ended is not written on"),
    ("decoding.cuh", "tile.end = pages < tile.end ? pages : tile.end;", ";", "decoding", "not finite numbers"),
    ("pages.cuh", "i < first[blockIdx.x + 1]", "i < first[blockIdx.x] + 1", "attention", "attention_backward: d_"),
]


def planted(text, number):
    """The source with one more bug in it, or None where its piece is not there once."""
    _, piece, replacement, _, _ = BUGS[number]
    if text.count(piece) != 1:
        return None
    at_work = f"::cuda_on_host::planted_bug == {number + 1}"
    code = piece.split(" // ")[0]
    if code.endswith(";"):
        return text.replace(piece, f"if ({at_work}) {{ {replacement} }} else {{ {code} }}")
    return text.replace(piece, f"({at_work} ? ({replacement}) : ({code}))")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("include", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    work, command = arguments.work, arguments.command
    kernels = work / "srlm/backend/kernels"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(arguments.include / "srlm/backend/kernels", kernels)
    for name in (LAYOUT, WRITES):
        shutil.copy(arguments.include / "srlm/backend/kernels" / name, kernels / name)
    failures = []
    for number, (name, piece, *_) in enumerate(BUGS):
        text = planted((kernels / name).read_text(encoding="utf-8"), number)
        if text is None:
            failures.append(f"{name}: {piece!r} is not there exactly once")
        else:
            (kernels / name).write_text(text, encoding="utf-8")

    def build(source):
        """An object file; only shadow.cpp is not instrumented."""
        options = ["-O2"] if source == "shadow" else ["-O1", "-fsanitize=thread"]
        subprocess.run([*command, "-w", *options, f"-I{work}", f"-I{arguments.include}", "-c",
                        str(RACES / f"{source}.cpp"), "-o", str(work / f"{source}.o")], check=True)

    def report(group, bug):
        """What the checks of a group say, and whether they pass."""
        result = subprocess.run([str(work / group), str(bug)], capture_output=True, text=True, timeout=300)
        return result.stdout + result.stderr, result.returncode == 0

    def find(number):
        """A line about a bug that was not found, or None."""
        name, piece, replacement, group, words = BUGS[number]
        said, passed = report(group, number + 1)
        if passed or words not in said:
            return f"{name}: {piece!r} -> {replacement!r} is not found as {words!r}: {said}"
        return None

    groups = sorted({group for _, _, _, group, _ in BUGS})
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(build, [*groups, "main", "shadow"]))
        for group in groups:
            objects = [str(work / f"{part}.o") for part in (group, "main", "shadow")]
            subprocess.run([command[0], *objects, "-o", str(work / group)], check=True)
        for group, (said, passed) in zip(groups, pool.map(lambda group: report(group, 0), groups)):
            if not passed:
                failures.append(f"{group} fails without a bug: {said}")
        failures += [line for line in pool.map(find, range(len(BUGS))) if line]
    print("\n".join([*failures, f"{len(BUGS)} bugs planted, {len(failures)} failures"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

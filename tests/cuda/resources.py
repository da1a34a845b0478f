"""Compiles everything that the CUDA policy launches with nvcc for three generations of GPUs, and reads what ptxas says
of each kernel: no spills, no more registers than the table here, and as many blocks a multiprocessor as it says.

usage: resources.py INCLUDE_FOLDER NVCC
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# What a multiprocessor has: shared bytes for all blocks, resident threads, resident blocks; all have 65,536 registers.
# CUDA C++ Programming Guide 13.0, compute capabilities. A block takes 1,024 bytes of shared memory for itself.
MACHINES = {"sm_80": (167_936, 2048, 32), "sm_90": (233_472, 2048, 32), "sm_100": (233_472, 2048, 32)}
TILE = {64: 68 * 64 * 4, 128: 132 * 64 * 4}
SQUARE = 68 * 64 * 4
# kernel: (threads, dynamic shared bytes, registers at most, blocks a multiprocessor of sm_90 at least)
KERNELS = {
    "rms_norm": (256, 32, 32, 8), "rms_norm_backward": (256, 32, 40, 6), "rotate": (256, 0, 32, 8),
    "swiglu": (256, 0, 32, 8), "swiglu_backward": (256, 0, 32, 8), "add": (256, 0, 32, 8),
    "add_to_rows": (256, 0, 32, 8), "scale": (256, 0, 32, 8), "sum_of_parts": (256, 0, 40, 6), "add_parts": (256, 0, 40, 6),
    "gather_rows": (256, 0, 32, 8), "scatter_add_rows": (256, 0, 32, 8), "write_keys": (256, 0, 40, 6),
    "copy_keys": (256, 0, 40, 6), "sum_slots": (256, 0, 40, 6), "log_sums": (256, 64, 40, 6),
    "target_log_probs": (256, 0, 32, 8), "log_probs_backward": (256, 0, 32, 8), "squares": (256, 64, 32, 8),
    "adamw": (256, 0, 40, 6), "sample<1>": (512, 128 + 49_152 * 4, 48, 1), "sample<0>": (512, 128, 48, 2),
    "attention<64>": (128, 2 * TILE[64] + SQUARE, 128, 4), "attention<128>": (128, 2 * TILE[128] + SQUARE, 168, 2),
    "merge_parts": (64, 0, 48, 16), "attention_dots": (32, 0, 32, 32),
    "attention_queries_backward<64>": (128, 4 * TILE[64] + SQUARE + 512, 128, 2),
    "attention_queries_backward<128>": (128, 4 * TILE[128] + SQUARE + 512, 168, 1),
    "attention_keys_backward<64>": (128, 4 * TILE[64] + SQUARE + 512, 168, 2),
    "attention_keys_backward<128>": (128, 4 * TILE[128] + SQUARE + 512, 255, 1),
}


def name_of(mangled):
    """attention<64> of _ZN4srlm7kernels9attentionILj64E..."""
    length, rest = re.match(r"_ZN4srlm7kernels(\d+)(\w+)", mangled).groups()
    name, rest = rest[:int(length)], rest[int(length):]
    value = re.match(r"IL[jb](\d+)E", rest)
    return f"{name}<{value.group(1)}>" if value else name


def blocks(machine, threads, shared, registers):
    """Resident blocks a multiprocessor: registers go to warps in units of 8 a thread."""
    shared_bytes, most_threads, most_blocks = MACHINES[machine]
    warps = threads // 32
    a_warp = (registers + 7) // 8 * 8 * 32
    return min(65_536 // a_warp // warps, shared_bytes // (shared + 1024), most_threads // threads, most_blocks)


def main():
    include, nvcc = sys.argv[1], sys.argv[2]
    command = [nvcc, "-std=c++20", f"-I{include}", "-Xptxas", "-v", "-Xcompiler", "-Wall,-Wextra", "-c",
               str(HERE / "shipped.cu"), "-o", "/dev/null"]
    for machine in MACHINES:
        number = machine[3:]
        command += ["-gencode", f"arch=compute_{number},code=sm_{number}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    report = result.stdout + result.stderr
    if result.returncode != 0:
        print(report)
        return 1
    problems, seen = [], set()
    for mangled, machine, text in re.findall(r"entry function '(\w+)' for '(\w+)'(.*?)(?=Compiling entry|\Z)", report,
                                             re.DOTALL):
        name = name_of(mangled)
        spilled = sum(map(int, re.findall(r"(\d+) bytes spill", text)))
        stack = int(re.search(r"(\d+) bytes stack frame", text).group(1))
        registers = int(re.search(r"Used (\d+) registers", text).group(1))
        if name not in KERNELS:
            problems.append(f"{name}: not in the table")
            continue
        seen.add((name, machine))
        threads, shared, most, least = KERNELS[name]
        resident = blocks(machine, threads, shared, registers)
        print(f"{machine} {name}: {registers} registers, {shared} bytes, {resident} blocks of {threads} threads")
        if spilled or stack:
            problems.append(f"{name} on {machine}: {spilled} bytes spilled, {stack} bytes of stack")
        if registers > most:
            problems.append(f"{name} on {machine}: {registers} registers, at most {most} were stated")
        if machine == "sm_90" and resident < least:
            problems.append(f"{name} on {machine}: {resident} blocks, at least {least} were stated")
    problems += [f"{name}: not compiled for {machine}" for name in KERNELS for machine in MACHINES
                 if (name, machine) not in seen]
    problems += [line for line in report.splitlines() if "warning" in line]
    print("\n".join([*problems, f"{len(seen)} kernels, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

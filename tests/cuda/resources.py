"""Compiles everything that the CUDA policy launches with nvcc for three generations of GPUs, and reads what ptxas says
of each kernel: no spills, no more registers than the table here, and as many blocks a multiprocessor as it says.

usage: resources.py INCLUDE_FOLDER NVCC
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Compute capability, and the shared bytes of a multiprocessor (CUDA C++ Programming Guide 13.0, compute capabilities).
MACHINES = {"sm_80": (8, 0, 167_936), "sm_90": (9, 0, 233_472), "sm_100": (10, 0, 233_472)}
TILE = {64: 68 * 64 * 4, 128: 132 * 64 * 4}
SQUARE = 68 * 64 * 4
TILE16, SQUARE16 = {64: 72 * 64 * 2, 128: 136 * 64 * 2}, 72 * 64 * 2
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
    "attention<64, bf16>": (128, 2 * TILE16[64] + SQUARE16, 168, 3),
    "attention<128, bf16>": (128, 2 * TILE16[128] + SQUARE16, 168, 3),
    "attention_queries_backward<64, bf16>": (128, 4 * TILE16[64] + SQUARE16 + 512, 128, 4),
    "attention_queries_backward<128, bf16>": (128, 4 * TILE16[128] + SQUARE16 + 512, 168, 2),
    "attention_keys_backward<64, bf16>": (128, 4 * TILE16[64] + SQUARE16 + 512, 255, 2),
    "attention_keys_backward<128, bf16>": (128, 4 * TILE16[128] + SQUARE16 + 512, 255, 2),
    "write_keys, bf16": (256, 0, 40, 6), "copy_keys, bf16": (256, 0, 40, 6),
    "place_rows": (128, 0, 32, 16), "grow_tiles": (128, 0, 32, 16), "take_tokens": (128, 0, 32, 16),
    "round_rows<0>": (256, 0, 32, 8), "round_rows<1>": (256, 0, 32, 8), "merge_parts": (64, 0, 48, 16), "attention_dots": (32, 0, 32, 32),
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
    kind = ", bf16" if "BFloat16" in rest and name != "round_rows" else ""
    return f"{name}<{value.group(1)}{kind}>" if value else name + kind


def blocks(program, launches):
    """Resident blocks a multiprocessor of launches (machine, threads, shared, registers), by the toolkit."""
    lines = "".join(" ".join(map(str, (*MACHINES[machine], *rest))) + "\n" for machine, *rest in launches)
    result = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [int(line) for line in result.stdout.split()]


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
    problems, found = [], {}
    for mangled, machine, text in re.findall(r"entry function '(\w+)' for '(\w+)'(.*?)(?=Compiling entry|\Z)", report,
                                             re.DOTALL):
        name = name_of(mangled)
        spilled = sum(map(int, re.findall(r"(\d+) bytes spill", text)))
        stack = int(re.search(r"(\d+) bytes stack frame", text).group(1))
        registers = int(re.search(r"Used (\d+) registers", text).group(1))
        if name not in KERNELS:
            problems.append(f"{name}: not in the table")
            continue
        found[name, machine] = registers
        if spilled or stack:
            problems.append(f"{name} on {machine}: {spilled} bytes spilled, {stack} bytes of stack")
    with tempfile.TemporaryDirectory() as folder:
        program = str(pathlib.Path(folder) / "occupancy")
        subprocess.run([nvcc, "-std=c++20", str(HERE / "roofline/occupancy.cpp"), "-o", program], check=True)
        launches = [(machine, *KERNELS[name][:2], registers) for (name, machine), registers in found.items()]
        residents = blocks(program, launches)
    for (name, machine), registers, resident in zip(found, found.values(), residents):
        threads, shared, most, least = KERNELS[name]
        print(f"{machine} {name}: {registers} registers, {shared} bytes, {resident} blocks of {threads} threads, "
              f"occupancy {resident * threads / 2048:.0%}")
        if registers > most:
            problems.append(f"{name} on {machine}: {registers} registers, at most {most} were stated")
        if machine == "sm_90" and resident < least:
            problems.append(f"{name} on {machine}: {resident} blocks, at least {least} were stated")
    problems += [f"{name}: not compiled for {machine}" for name in KERNELS for machine in MACHINES
                 if (name, machine) not in found]
    problems += [line for line in report.splitlines() if "warning" in line]
    print("\n".join([*problems, f"{len(found)} kernels, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

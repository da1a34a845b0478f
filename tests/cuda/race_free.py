"""Proves kernels free of races, and their barriers well formed, from their PTX: for each kernel at launch shapes like
those that are shipped, every pair of accesses to memory by two threads is ordered, whatever the schedule.

The proof is sentryward's (a static verifier, alpha). It knows the launch, the scalars and which pointers there are, not
what they point to; so it cannot follow addresses or branches that come from data. Nothing is counted as proven that it
does not call race_free. Kernels with a barrier taken out are there too and must be called races; for those that it cannot
prove, its reason is told.

usage: race_free.py INCLUDE_FOLDER WORK_FOLDER NVCC SENTRYWARD [NAME...]
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

from race_free_kernels import KERNELS, PROVEN, RACING, SIZES, UNPROVEN

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = "1500"  # for one kernel


def described(names, parameters):
    """A kernel's parameters as sentryward's input has them."""
    arguments, declarations = [], []
    for name, parameter in zip(names, parameters):
        offset = 0
        for kind, value in parameter if isinstance(parameter, list) else [parameter]:
            offset = (offset + SIZES[kind] - 1) // SIZES[kind] * SIZES[kind]
            place = {"parameter": name} | ({"offset": offset} if isinstance(parameter, list) else {})
            if kind == "pointer":
                declarations.append(place | {"type": "pointer", "space": "global", "object": value})
            else:
                arguments.append(place | {"type": kind, "value": value})
            offset += SIZES[kind]
    return arguments, declarations


def verdict(include, work, nvcc, sentryward, name):
    """What sentryward says of a kernel, and why."""
    header, instantiation, grid, threads, shared, parameters, change = KERNELS[name]
    folder = work / re.sub(r"\W", "_", name)
    folder.mkdir(parents=True, exist_ok=True)
    search = [f"-I{HERE}", f"-I{include}"]
    if change is not None:
        file, piece, replacement = change
        text = (include / "srlm/backend/kernels" / file).read_text(encoding="utf-8")
        if text.count(piece) != 1:
            return "failure", f"{file} has no {piece!r}"
        changed = folder / "srlm/backend/kernels" / file
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_text(text.replace(piece, replacement), encoding="utf-8")
        search.insert(0, f"-I{folder}")
    source, ptx, config = folder / "kernel.cu", folder / "kernel.ptx", folder / "input.json"
    dense = "#include <dense_layout.cuh>\n" if "Dense" in instantiation else ""
    source.write_text(f"#include <srlm/backend/kernels/{header}.cuh>\n{dense}namespace srlm::kernels {{\n"
                      f"template __global__ void {instantiation};\n}}\n", encoding="utf-8")
    subprocess.run([nvcc, "-std=c++20", "-arch=sm_90", *search, "-ptx", str(source), "-o", str(ptx)], check=True)
    entry = re.search(r"\.entry \S+?\((.*?)\n\)", ptx.read_text(), re.DOTALL).group(1)
    arguments, declarations = described(re.findall(r"\S+_param_\d+", entry), parameters)
    config.write_text(json.dumps({
        "schema": "spverify.kernel-input/v1",
        "launch": {"grid_dim": [*grid, 1], "block_dim": [threads, 1, 1], "cluster_dim": [1, 1, 1],
                   "dynamic_shared_bytes": shared},
        "arguments": [{**a, "parameter": a["parameter"].split("[")[0]} for a in arguments],
        "declarations": [{**d, "parameter": d["parameter"].split("[")[0]} for d in declarations]}))
    result = subprocess.run([sentryward, str(ptx), "--input", str(config), "--timeout", SECONDS], capture_output=True,
                            text=True, check=False)
    try:
        said = json.loads(result.stdout, strict=False)
    except ValueError:
        return "failure", (result.stdout + result.stderr)[-300:]
    reasons = "; ".join(d.get("message", "")[:160] for d in said.get("diagnostics", [])[:2])
    return said["result"], reasons


def as_expected(name, result):
    if name in PROVEN:
        return result == "race_free"
    return name in UNPROVEN or result in ("race", "potential_race")


def main():
    include, work, nvcc, sentryward = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    failed, names = 0, sys.argv[5:] or PROVEN + RACING + UNPROVEN
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as several:
        verdicts = several.map(lambda name: verdict(include, work, nvcc, sentryward, name), names)
        for name, (result, reasons) in zip(names, verdicts):
            good = as_expected(name, result)
            failed += not good
            print(f"{'' if good else 'FAILED '}{name}: {result}" + (f" ({reasons})" if reasons else ""), flush=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

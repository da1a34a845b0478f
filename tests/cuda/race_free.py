"""Proves kernels free of races, and their barriers well formed, from their PTX: for each kernel at launch shapes like
those that are shipped, every pair of accesses to memory by two threads is ordered, whatever the schedule.

The proof is sentryward's (a static verifier, alpha). It knows the launch, the scalars and which pointers there are, not
what they point to; so it cannot follow addresses or branches that come from data. Nothing is counted as proven that it
does not call race_free. A kernel with a barrier taken out is there too and must be called a race. Kernels of the table
that are neither are tried when they are named; docs/cuda.md says what is known of them.

usage: race_free.py INCLUDE_FOLDER WORK_FOLDER NVCC SENTRYWARD [NAME...]
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def pointer(name):
    return ("pointer", name)


def u32(value):
    return ("u32", value)


def u64(value):
    return ("u64", value)


def f32(value):
    return ("f32", value)


def rows(name, stride):
    return [pointer(name), u64(stride)]


def heads(group, kv_heads, depth):
    return [u32(group), u32(kv_heads), u32(depth)]


COLUMNS = 1000
DENSE = [("s32", 64), ("s32", 8), ("s32", 60)]  # two pages
PAST = [*DENSE, *rows("q", 64), *rows("d_out", 64), *rows("log_sum", 1), *rows("dots", 1),
        pointer("pages"), *heads(1, 1, 64), f32(0.125)]
ATTENTION = [DENSE, rows("q", 64), pointer("pages"), heads(1, 1, 64), f32(0.125),
             rows("out", 64), rows("log_sum", 1)]
# name: (header, instantiation, grid, threads, shared bytes, parameters, sed-like change of the source or None)
KERNELS = {
    "rms_norm": ("rms_norm", "rms_norm<float>(Rows<float const>, float const*, float, Rows<float>, unsigned)", [3, 1],
                 256, 32, [rows("x", 1003), pointer("gain"), f32(1e-5), rows("out", 1005), u32(COLUMNS)], None),
    "rms_norm without its barrier": (
        "rms_norm", "rms_norm<float>(Rows<float const>, float const*, float, Rows<float>, unsigned)", [3, 1], 256, 32,
        [rows("x", 1003), pointer("gain"), f32(1e-5), rows("out", 1005), u32(COLUMNS)],
        ("reduce.cuh", "__syncthreads(); // every warp's part is there", ";")),
    "rms_norm_backward": (
        "rms_norm", "rms_norm_backward<float>(Rows<float const>, float const*, float, Rows<float const>, Rows<float>, "
        "float*, unsigned)", [3, 1], 256, 32,
        [rows("x", 1003), pointer("gain"), f32(1e-5), rows("d_out", 1001), rows("d_x", 1005), pointer("scales"),
         u32(COLUMNS)], None),
    "sum_of_parts": ("column_sums", "sum_of_parts<BiasTerm<float>>(BiasTerm<float>, std::size_t, unsigned, float*)",
                     [3, 4], 256, 0, [rows("d_out", 1001), u64(50), u32(COLUMNS), pointer("parts")], None),
    "add_parts": ("column_sums", "add_parts<float>(float const*, unsigned, unsigned, float*)", [1, 4], 256, 0,
                  [pointer("parts"), u32(3), u32(COLUMNS), pointer("x")], None),
    "swiglu_backward": ("swiglu", "swiglu_backward<float>(Rows<float const>, Rows<float const>, Rows<float>, unsigned)",
                        [3, 4], 256, 0, [rows("gate_up", 2001), rows("d_out", 1003), rows("d_gate_up", 2005),
                                         u32(COLUMNS)], None),
    "log_sums": ("log_probs", "log_sums<float>(Rows<float const>, unsigned, float*)", [3, 1], 256, 64,
                 [rows("logits", 1003), u32(COLUMNS), pointer("log_sum")], None),
    "squares": ("update", "squares<float>(float const*, std::size_t, double*)", [4, 1], 256, 64,
                [pointer("x"), u64(5000), pointer("parts")], None),
    "adamw": ("update", "adamw<float>(AdamWTensors<float>, AdamWFactors)", [4, 2], 256, 0,
              [[pointer("value0"), pointer("first0"), pointer("second0"), pointer("gradient0"), u64(3000),
                pointer("value1"), pointer("first1"), pointer("second1"), pointer("gradient1"), u64(1100)],
               [f32(0.9), f32(0.95), f32(1e-8), f32(1.0), f32(0.99), f32(0.01), f32(0.5)]], None),
    "attention_dots": ("attention_backward",
                       "attention_dots<float>(Rows<float const>, Rows<float const>, unsigned, Rows<float>)", [5, 3], 32,
                       0, [rows("out", 192), rows("d_out", 195), u32(64), rows("dots", 3)], None),
    "attention": ("attention", "attention<64, DenseLayout, float>(DenseLayout, Rows<float const>, float const*, "
                  "HeadSizes, float, Rows<float>, Rows<float>)", [1, 1], 128, 52224, ATTENTION, None),
    "attention without a barrier": (
        "attention", "attention<64, DenseLayout, float>(DenseLayout, Rows<float const>, float const*, "
        "HeadSizes, float, Rows<float>, Rows<float>)", [1, 1], 128, 52224, ATTENTION,
        ("attention.cuh", "__syncthreads(); // the keys have been read; the weights are there", "__syncwarp();")),
    "attention_queries_backward": (
        "attention_backward", "attention_queries_backward<64, DenseLayout, float>(AttentionPast<DenseLayout, float>, "
        "Rows<float>)", [1, 1], 128, 87552, [PAST, rows("d_q", 64)], None),
    "attention_keys_backward": (
        "attention_backward", "attention_keys_backward<64, DenseLayout, DenseVisits, float>(AttentionPast<DenseLayout, "
        "float>, DenseVisits, float*)", [1, 1], 128, 87552, [PAST, [u32(1)], pointer("d_pages")], None),
    "rotate": ("rotate", "rotate<float>(Rows<float>, unsigned, std::int32_t const*, Rows<float const>, "
               "Rows<float const>, float, unsigned)", [3, 2], 256, 0,
               [rows("x", 1030), u32(64), pointer("positions"), rows("cosine", 32), rows("sine", 32), f32(1.0),
                u32(512)], None),
    "sample": ("sample", "sample<true, float>(Rows<float const>, unsigned, std::uint64_t const*, SampleOptions, "
               "Rows<float>, std::int32_t*)", [2, 1], 64, 2064,
               [rows("logits", 503), u32(500), pointer("seeds"), [f32(1.0), ("f64", 0.9)], rows("room", 0),
                pointer("tokens")], None),
    "scatter_add_rows": ("embedding", "scatter_add_rows<float, float>(Rows<float const>, std::int32_t const*, unsigned, "
                         "Rows<float>, unsigned)", [3, 1], 64, 0,
                         [rows("rows", 64), pointer("ids"), u32(3), rows("table", 64), u32(64)], None),
}
# What has to be proven, what must not be, and what is tried only by its name.
PROVEN = ["rms_norm", "rms_norm_backward", "sum_of_parts", "add_parts", "swiglu_backward", "log_sums", "squares",
          "adamw", "attention_dots", "rotate"]
RACING = ["rms_norm without its barrier"]
SECONDS = "1500"  # for one kernel
SIZES = {"u32": 4, "s32": 4, "f32": 4, "u64": 8, "f64": 8, "pointer": 8}


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


def main():
    include, work, nvcc, sentryward = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    failed = 0
    for name in sys.argv[5:] or PROVEN + RACING:
        result, reasons = verdict(include, work, nvcc, sentryward, name)
        good = result == "race_free" if name in PROVEN else result != "race_free"
        good = good and (name not in RACING or "race" in result)
        failed += not good
        print(f"{'' if good else 'FAILED '}{name}: {result}" + (f" ({reasons})" if reasons else ""), flush=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

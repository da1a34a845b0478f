"""The commands over a GPU give what they give over the processor: scores, greedy answers, the first DPO loss, and the same
bytes from the same run. On a tiny model, trained on the GPU first.

usage: command.py SRLM_PROGRAM EXAMPLES_DATA FOLDER; exit code 77 with one line where there is no GPU, or no --backend cuda
"""

import json
import math
import pathlib
import shutil
import subprocess
import sys

TOLERANCE = 1e-4 # relative: a product adds in another order


def main():
    program, data, folder = (pathlib.Path(given).resolve() for given in sys.argv[1:4])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def srlm(words, text="", may_fail=False):
        result = subprocess.run([program, *words.split()], cwd=folder, input=text, capture_output=True, text=True)
        if result.returncode != 0 and not may_fail:
            sys.exit(f"srlm {words} ended with {result.returncode}: {result.stderr}")
        return result

    def lines(words, text):
        return [json.loads(line) for line in srlm(words, text).stdout.splitlines()]

    first = srlm(f"init --seeds {data / 'seeds.jsonl'} --out tiny.gguf --hidden 64 --layers 2 --epochs 2 --backend cuda",
                 may_fail=True)
    if first.returncode != 0 and ("not in" in first.stderr or "an NVIDIA GPU" in first.stderr):
        print("skipped: " + first.stderr.strip().splitlines()[0])
        return 77
    if first.returncode != 0:
        sys.exit(f"srlm init ended with {first.returncode}: {first.stderr}")
    rows = "".join(json.dumps({"prompt": p, "response": r}) + "\n"
                   for p, r in (("Name a warm colour.", "Red."), ("Say hello.", "Good morning to you.")))
    problems = []

    def expect(what, condition):
        print(f"{what}: {'kept' if condition else 'BROKEN'}")
        if not condition:
            problems.append(what)

    by_cpu, by_gpu = lines("score tiny.gguf", rows), lines("score tiny.gguf --backend cuda", rows)
    expect("scores are the processor's", all(math.isclose(a["log_prob"], b["log_prob"], rel_tol=TOLERANCE)
                                             for a, b in zip(by_cpu, by_gpu, strict=True)))
    greedy = "generate tiny.gguf --greedy --max-new-tokens 24"
    expect("greedy answers are the processor's",
           [a["candidates"][0]["ids"] for a in lines(greedy, rows)]
           == [a["candidates"][0]["ids"] for a in lines(greedy + " --backend cuda", rows)])
    sampled = "generate tiny.gguf --candidates 4 --seed 7 --max-new-tokens 24 --backend cuda"
    expect("the same seed samples the same bytes", srlm(sampled, rows).stdout == srlm(sampled, rows).stdout)
    pair = json.dumps({"prompt": "Say hello.", "chosen": "Good morning.", "rejected": "Hm."}) + "\n"
    for out in ("once", "twice"):
        srlm(f"dpo tiny.gguf --backend cuda --out {out}", pair)
    step = json.loads((folder / "once/metrics.jsonl").read_text(encoding="utf-8").splitlines()[0])
    expect("the first DPO loss is log 2", math.isclose(step["loss"], math.log(2), rel_tol=1e-6))
    expect("the same training gives the same bytes",
           all(path.read_bytes() == (folder / "twice" / path.name).read_bytes()
               for path in (folder / "once").glob("*.safetensors")))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""The experiment on a tiny model: python3 check.py SRLM REAL_MODEL REAL_MODEL_TABLE ROOT

All arms run, a second call changes nothing, a killed one goes on to the same bytes, and docs/real_model.md holds the
tables of the items that lie beside it.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

srlm, real_model, table = sys.argv[1:4]
root = pathlib.Path(sys.argv[4])

ROWS = [("Name a fruit.", "punctuation:no_comma", {}),
        ("Name a colour.", "change_case:english_lowercase", {}),
        ("Say something about the sea.", "length_constraints:number_words", {"num_words": 6, "relation": "less than"}),
        ("Say something about bread.", "keywords:letter_frequency",
         {"letter": "e", "let_frequency": 4, "let_relation": "at least"})]


def rows():
    for number in range(6):
        for prompt, kind, arguments in ROWS:
            yield {"prompt": f"{prompt} ({number})", "instruction_id_list": [kind], "kwargs": [arguments]}


def check_run(folder):
    seeds = root / "examples/data/seeds.jsonl"
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    subprocess.run([srlm, "init", "--seeds", seeds, "--out", folder / "tiny.gguf", "--hidden", "64", "--layers", "2",
                    "--epochs", "4"], check=True, stderr=subprocess.DEVNULL)

    def command(out):
        return [real_model, "--model", folder / "tiny.gguf", "--instructions", folder / "rows.jsonl", "--seeds", seeds,
                "--ranked", seeds, "--out", folder / out, "--prompts", "8", "--max-new-tokens", "24", "--judge-tokens",
                "4", "--eft-seeds", "4", "--judged", "3", "--other", "3", "--sampled", "4", "--dpo-rate", "1e-3"]

    subprocess.run(command("whole"), check=True, stderr=subprocess.DEVNULL)
    results = [json.loads(line) for line in (folder / "whole/results.jsonl").read_text().splitlines()]
    value = {(r["arm"], r["model"], r["measure"]): r["value"] for r in results}
    arms = ("function", "self", "random")
    assert {key[:2] for key in value if key[2] == "prompt_strict"} == {
        ("start", "M0"), ("start", "M1"), *((arm, model) for arm in arms for model in ("M2", "M3"))}
    for turn in ("M1", "M2"):
        assert value["function", turn, "pairs_right"] == 1  # this judge cannot be wrong ...
        assert value["random", turn, "pairs_right"] < 1  # ... and this one knows nothing
        assert value["self", turn, "turn_usable"] > 0.5
    assert len({value[arm, "M1", "turn_kept"] for arm in arms}) == 1  # the first answers are shared
    assert all(value[arm, "M3", "kl_to_m0"] != value["start", "M1", "kl_to_m0"] for arm in arms)  # all have learned
    items = (folder / "whole/items.jsonl").read_bytes()
    subprocess.run(command("whole"), check=True, stderr=subprocess.DEVNULL)
    assert (folder / "whole/items.jsonl").read_bytes() == items, "a second call changed something"

    killed = subprocess.Popen(command("killed"), stderr=subprocess.DEVNULL)
    while killed.poll() is None and not (folder / "killed/function/M2/model.safetensors").exists():
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    subprocess.run(command("killed"), check=True, stderr=subprocess.DEVNULL)
    assert (folder / "killed/items.jsonl").read_bytes() == items, "a killed run ended otherwise"

    print(f"{len(results)} results")


def check_page():
    """The page's tables are those of the items that lie beside this file."""
    page = (root / "docs/real_model.md").read_text().splitlines()
    tables = subprocess.run([table, root / "examples/real_model/items.jsonl"], check=True, capture_output=True,
                            text=True).stdout
    missing = [line for line in tables.splitlines() if line and line not in page]
    assert not missing, "not in docs/real_model.md: " + "\n".join(missing)


with tempfile.TemporaryDirectory(prefix="srlm_real_model_") as name:
    check_run(pathlib.Path(name))
if (root / "examples/real_model/items.jsonl").exists():
    check_page()

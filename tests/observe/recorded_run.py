"""A recorded run for tests of the report: a journal as `srlm run` leaves it, with a stranger's texts in it.

usage: recorded_run.py FOLDER [PROMPTS]      writes FOLDER/journal.jsonl, models.jsonl, results.jsonl,
comparisons.jsonl, srlm_options.json
"""

import json
import pathlib
import random
import sys

# Each of these would do something if a page took it for markup, or broke a script that did not escape it.
HOSTILE = ["</script><script>document.title = 'taken'</script>", "<img src=x onerror=\"document.title = 'taken'\">",
           "<!-- <script>", "\u2028\u2029 line separators", "{{7*7}} ${document.title = 'taken'} `", "a & b < c > d \" '",
           "javascript:document.title='taken'", "\u202eright to left", "\U0001f600 \u00e9 \u6f22\u5b57", "]]>", "<svg onload=\"document.title = 'taken'\">"]


def groups(rng, t, prompts):
    """The judged groups of one turn: four answers of each prompt, three votes an answer."""
    made = []
    for i in range(prompts):
        hostile = HOSTILE[i % len(HOSTILE)]
        answers, scores, verdicts = [], [], []
        for n in range(4):
            words = rng.randrange(8, 30 + 10 * t)
            text = f"Answer {n} to prompt {i} of turn {t}. " + "word " * words + hostile
            answers.append({"text": text, "ids": [t, i, n] + [7] * words, "finished": rng.random() < .9})
            votes = []
            for _ in range(3):
                score = min(5, max(0, round(rng.gauss(2 + .5 * t + .3 * n, 1))))
                usable = rng.random() < .9
                if i % 5 == 0:  # the judge agrees with itself
                    score, usable = (i + 2 * n) % 6, True
                if i % 7 == 3 and n == 0:  # an answer without a score
                    usable = False
                votes.append({"score": float(score) if usable else None, "cause": "none" if usable else "no_score",
                              "text": f"It is {'clear' if score > 2 else 'unclear'}. {hostile}\nScore: {score}"})
            given = [vote["score"] for vote in votes if vote["score"] is not None]
            scores.append(sum(given) / len(given) if given else None)
            verdicts.append(votes)
        made.append({"prompt": {"text": f"Prompt {i} of turn {t}: {hostile}", "ids": [t, i]}, "responses": answers,
                     "scores": scores, "verdicts": verdicts})
    return made


def pairs(judged):
    made = []
    for group in judged:
        scored = [(score, n) for n, score in enumerate(group["scores"]) if score is not None]
        if len(scored) < 2 or max(scored)[0] == min(scored)[0]:
            continue
        (best, w), (worst, l) = max(scored), min(scored)
        made.append({"prompt": group["prompt"], "chosen": group["responses"][w], "rejected": group["responses"][l],
                     "chosen_score": best, "rejected_score": worst, "reference_chosen": -30.0, "reference_rejected": -31.0})
    return made


def step(rng, index, steps, stage):
    done = index / steps
    preference = stage == "preference"
    return {"step": index, "steps": steps, "loss": (.69 if preference else 3) - .3 * done + rng.gauss(0, .03),
            "chosen_reward": .2 * done * preference, "rejected_reward": -.4 * done * preference, "margin": .6 * done * preference,
            "accuracy": (.5 + .4 * done) * preference, "chosen_log_prob": (-30 + 2 * done + rng.gauss(0, 1)) * preference,
            "rejected_log_prob": (-31 - 4 * done + rng.gauss(0, 1)) * preference, "rate": 1e-6, "gradient_norm": 1 + rng.random(),
            "tokens": 400}


def lines(prompts, iterations=2, steps=24):
    """Every line of a run that has ended."""
    rng = random.Random(1)
    yield {"srlm_journal": 1, "identity": {"srlm": "0.1.0", "MODEL (contents)": "0123456789abcdef", "seed": 0,
                                           "iterations": iterations, "beta": None, "judge": HOSTILE[0]}}
    unit = lambda t, stage, index, value: {"t": t, "stage": stage, "index": index, "unit": value}
    for stage in ("instruction_tuning", "supervised"):
        for i in range(steps):
            yield unit(0, stage, i, step(rng, i, steps, stage))
    answer = lambda text: [{"prompt": {"text": "A held-out prompt " + HOSTILE[1], "ids": [9]},
                            "responses": [{"text": text, "ids": [1], "finished": True}], "scores": [], "verdicts": []}]
    yield unit(0, "candidates", 0, answer("M0 says " + HOSTILE[0]))
    for t in range(1, iterations + 1):
        judged = groups(rng, t, prompts)
        for i in range(0, prompts, 16):
            yield unit(t, "verdicts", i // 16, judged[i:i + 16])
        yield unit(t, "pairs", 0, pairs(judged))
        for i in range(steps):
            yield unit(t, "preference", i, step(rng, i, steps, "preference"))
    yield unit(iterations + 1, "verdicts", 0, groups(rng, iterations + 1, 8))
    yield unit(2 * iterations + 2, "candidates", 0, answer("The last model says " + HOSTILE[2]))


def results():
    rng = random.Random(2)
    for seed in range(5):
        for a, arm in enumerate(["self_rewarding", "random_judge", "<b>bold</b>"]):
            for m in range(4):
                yield {"seed": seed, "arm": arm, "model": f"M{m}", "measure": "true_quality", "value": 2 + .3 * m * (1 - a) + rng.gauss(0, .1)}
                yield {"seed": seed, "arm": arm, "model": f"M{m}", "measure": "win_rate", "value": .5 + .05 * m * (1 - a) + rng.gauss(0, .02)}


def comparisons():
    """As `srlm compare` and `srlm rate` write them."""
    e = lambda value: {"value": value, "low": value - .125, "high": value + .125}
    yield {"a": "M2.gguf", "b": HOSTILE[1], "prompts": 64, "win": e(.5), "tie": e(.25), "lose": e(.25), "win_rate": e(.625),
           "length_controlled_win_rate": e(.5625)}
    yield {"baseline": "M1.gguf", "models": [
        {"model": "M3 " + HOSTILE[0], "games": 128, "rating": {"value": 61.5, "low": 20.25, "high": 99.75}, "win_rate": e(.75),
         "length_controlled_win_rate": None},
        {"model": "M1.gguf", "games": 127, "rating": {"value": -61.5, "low": -99.75, "high": -20.25}}]}


def write(folder, prompts=40):
    folder.mkdir(parents=True, exist_ok=True)
    dump = lambda rows: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "journal.jsonl").write_text(dump(lines(prompts)), encoding="utf-8")
    (folder / "models.jsonl").write_text(dump({"model": i, "kl_to_m0": .4 * i, "judge_accuracy": .6 + .02 * i}
                                              for i in range(1, 4)), encoding="utf-8")
    (folder / "results.jsonl").write_text(dump(results()), encoding="utf-8")
    (folder / "comparisons.jsonl").write_text(dump(comparisons()), encoding="utf-8")
    (folder / "srlm_options.json").write_text(json.dumps({"seed": 0, "judge-url": HOSTILE[6], "warn-length": 1.1}), encoding="utf-8")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40)

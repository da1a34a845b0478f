"""Whether what a report draws are the numbers of its run: computed here once more from the run's files, and read back from
the page's tables, texts and the places of its marks."""

import json
import re

# In a page: every figure's texts and marks as they stand, and the tables' cells.
PROBE = """
const at = (e, name) => Number(e.getAttribute(name));
const inside = (e, query) => [...e.querySelectorAll(query)];
const cells = query => all(query).map(tr => inside(tr, 'th, td').map(c => [...c.childNodes].map(n => n.textContent).join(' ')));
const figures = () => all('figure').map(f => ({
  title: f.querySelector('figcaption').textContent,
  y_ticks: inside(f, 'svg text[text-anchor=end]').map(t => [t.textContent, at(t, 'y') - 4]),
  x_ticks: inside(f, 'svg text[text-anchor=middle]').slice(0, -1).map(t => [t.textContent, at(t, 'x')]),
  series: inside(f, 'svg g').map(g => ({colour: g.getAttribute('stroke'),
    curve: inside(g, 'path.curve').map(p => p.getAttribute('d'))[0],
    ranges: inside(g, 'line').map(l => [at(l, 'x1'), at(l, 'y1'), at(l, 'y2')]),
    dots: inside(g, 'circle').map(c => [at(c, 'cx'), at(c, 'cy'), c.getAttribute('style') !== null, c.textContent])})),
  legend: inside(f, '.legend span').map(s => [s.textContent, s.querySelector('i').style.background]),
  bars: inside(f, 'svg rect').map(r => [at(r, 'x'), at(r, 'y') + at(r, 'height'), at(r, 'height'), r.textContent]),
  borders: inside(f, 'svg line[stroke-dasharray]').map(l => at(l, 'x1')),
  head: inside(f, 'th').map(c => c.textContent),
  rows: inside(f, 'tbody tr').map(tr => inside(tr, 'td').map(c => c.textContent))}));
const choose = (place, value) => { const s = all('#pairs select')[place]; s.value = value; s.dispatchEvent(new Event('change')); };
const listed = () => all('#pairs .gap').map(e => e.textContent), told = () => all('#pairs [role=status]')[0].textContent;
"""


def near(given, expected, digits=3):
    """Whether a text begins with the number, rounded to so many digits; percent where the text says so."""
    match = re.match(r"-?[\d.]+(e[+-]\d+)?", given)
    assert match, (given, expected)
    value = float(match.group(0)) / (100 if given[match.end():].startswith("%") else 1)
    assert abs(value - expected) <= .6 * 10 ** (1 - digits) * abs(expected) + 1e-12, (given, expected)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


class Run:
    """The numbers of a recorded run, from its files."""

    def __init__(self, folder):
        self.units = [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").split("\n")[1:] if line]
        of = lambda stage: [u for u in self.units if u["stage"] == stage]
        self.judged, self.pairs = {}, {}
        for u in of("verdicts"):
            self.judged.setdefault(u["t"], []).extend(u["unit"])
        for u in of("pairs"):
            self.pairs.setdefault(u["t"], []).extend(u["unit"])
        self.steps = {stage: [u["unit"] for u in of(stage)] for stage in ("instruction_tuning", "supervised", "preference")}
        self.measured = {m["model"]: m for m in map(json.loads, (folder / "models.jsonl").read_text().splitlines())}
        results = [json.loads(line) for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()]
        self.results = {}
        for r in results:
            self.results.setdefault((r["measure"], r["arm"], r["model"]), []).append(r["value"])

    def scores(self, t):
        return [s for group in self.judged[t] for s in group["scores"] if s is not None]

    def over_models(self, title):
        """{model: number} of a curve over models."""
        answers = lambda t: [a for group in self.judged[t] for a in group["responses"]]
        votes = lambda t: [v for group in self.judged[t] for votes in group["verdicts"] for v in votes]
        gaps = lambda t: [p["chosen_score"] - p["rejected_score"] for p in self.pairs[t]]
        by_turn = lambda f, turns: {t: f(t) for t in turns}
        return {"Mean score": lambda: by_turn(lambda t: mean(self.scores(t)), (1, 2, 3)),
                "Score gap, chosen minus rejected": lambda: by_turn(lambda t: mean(gaps(t)), (1, 2)),
                "Judge accuracy on the anchor set": lambda: {m: v["judge_accuracy"] for m, v in self.measured.items()},
                "Usable verdicts": lambda: by_turn(lambda t: mean(v["score"] is not None for v in votes(t)), (1, 2, 3)),
                "Pairs": lambda: by_turn(lambda t: len(self.pairs[t]), (1, 2)),
                "Mean length in tokens": lambda: by_turn(lambda t: mean(len(a["ids"]) for a in answers(t)), (1, 2, 3)),
                "Answers that ended": lambda: by_turn(lambda t: mean(a["finished"] for a in answers(t)), (1, 2, 3)),
                "KL to M0, nats an answer": lambda: {m: v["kl_to_m0"] for m, v in self.measured.items()}}[title]()


OVER_STEPS = {"Preference loss": ("loss",), "Reward margin": ("margin",), "Reward accuracy": ("accuracy",),
              "Log-probability of the answers": ("chosen_log_prob", "rejected_log_prob"),
              "Rewards": ("chosen_reward", "rejected_reward"), "Supervised loss": ("loss",), "Gradient norm": ("gradient_norm",)}


class Axis:
    """Pixels to numbers, by the labels; they must agree with each other."""

    def __init__(self, labels):
        number = lambda text: float(text.strip("M%")) / (100 if text.endswith("%") else 1)
        points = [(number(text), pixel) for text, pixel in labels]
        (a, self.from_), (b, to) = points[0], points[-1]
        self.first, self.scale = a, (b - a) / (to - self.from_)
        for value, pixel in points:
            assert abs(self.value(pixel) - value) <= .3 * abs(self.scale) + 1e-3 * abs(value), labels

    def value(self, pixel):
        return self.first + (pixel - self.from_) * self.scale

    def near(self, pixel, value, what):
        assert abs(self.value(pixel) - value) <= .2 * abs(self.scale) + 1e-4 * abs(value), (what, self.value(pixel), value)


def check_over_models(figure, run, data):
    expected = run.over_models(figure["title"])
    x, y = Axis(figure["x_ticks"]), Axis(figure["y_ticks"])
    assert y.scale < 0, figure["title"]  # more is higher
    dots, (series,) = figure["series"][0]["dots"], figure["series"]
    assert [text for text, _ in figure["x_ticks"]] == [f"M{m}" for m in sorted(expected)], figure["x_ticks"]
    assert len(dots) == len(expected) == len(figure["rows"]), figure
    for (px, py, hollow, text), row, (model, value) in zip(dots, figure["rows"], sorted(expected.items())):
        x.near(px, model, figure["title"])
        y.near(py, value, figure["title"])
        assert hollow == (model == 3 and "anchor" not in figure["title"]), (figure["title"], model)
        assert row[0] == f"M{model}" and text.startswith(f"M{model} ")
        near(row[1], value)
    key = {"Mean score": "score", "Score gap, chosen minus rejected": "gap", "Usable verdicts": "usable",
           "Mean length in tokens": "length", "Answers that ended": "finished"}.get(figure["title"])
    intervals = [m[key] for m in data["models"] if m[key]] if key else []
    assert len(series["ranges"]) == len(intervals), figure["title"]
    for (_, low, high), interval, row in zip(series["ranges"], intervals, figure["rows"]):
        y.near(low, interval[1], figure["title"])
        y.near(high, interval[2], figure["title"])
        assert interval[1] < interval[0] < interval[2]
        near(re.search(r"\((.*) to ", row[1]).group(1), interval[1])
        near(re.search(r" to (.*)\)", row[1]).group(1), interval[2])


def check_over_steps(figure, run):
    stages = {"Supervised loss": ("instruction_tuning", "supervised"),
              "Gradient norm": ("instruction_tuning", "supervised", "preference")}.get(figure["title"], ("preference",))
    steps = [s for stage in stages for s in run.steps[stage]]
    x, y = Axis(figure["x_ticks"]), Axis(figure["y_ticks"])
    names = [text for text, _ in figure["legend"]]
    keys = OVER_STEPS[figure["title"]]
    assert names == ([] if len(keys) == 1 else ["chosen", "rejected"]), names
    assert len(figure["series"]) == len(keys) and len(figure["rows"]) == len(steps), figure["title"]
    for place, (key, series) in enumerate(zip(keys, figure["series"])):
        assert not names or figure["legend"][place][1] == series["colour"], figure["title"]
        points = [tuple(map(float, p.split())) for p in re.split("[ML]", series["curve"])[1:]]
        assert len(points) == len(steps), figure["title"]
        for i, ((px, py), step, row) in enumerate(zip(points, steps, figure["rows"])):
            x.near(px, i + 1, figure["title"])
            y.near(py, step[key], figure["title"])
            near(row[1 + place], step[key])
            assert row[0].endswith(f"step {i % 24 + 1}"), row
    begins = range(0, len(steps), 24)
    assert len(figure["borders"]) == len(begins), figure["title"]
    for px, begin in zip(figure["borders"], begins):
        x.near(px, begin + .5, figure["title"])


def check_histogram(figure, run):
    scores = run.scores(int(figure["title"][1:]))
    counts = [sum(round(s * 2 + 1e-9) == k for s in scores) for k in range(11)]
    assert [row[0] for row in figure["rows"]] == ["0", "0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"], figure["rows"]
    assert [row[1] for row in figure["rows"]] == list(map(str, counts)), (figure["rows"], counts)
    near(figure["y_ticks"][0][0], max(counts) / sum(counts))
    tallest = max(height for _, _, height, _ in figure["bars"])
    assert abs(figure["bars"][0][1] - tallest - figure["y_ticks"][0][1]) < .01, figure["y_ticks"]  # the label's height
    width = figure["bars"][1][0] - figure["bars"][0][0]
    for k, ((px, foot, height, text), count) in enumerate(zip(figure["bars"], counts)):
        assert abs(height - tallest * count / max(counts)) < .01 and abs(foot - figure["bars"][0][1]) < .01, figure["title"]
        assert text == f"{figure['rows'][k][0]} \u00b7 {count}", text
        if k % 2 == 0:
            label, middle = figure["x_ticks"][k // 2]
            assert label == figure["rows"][k][0] and abs(px - 2 + width / 2 - middle) < .01, figure["x_ticks"]


def check_cards(cards, run):
    for m, text in enumerate(cards):
        values = {"mean score": "Mean score", "usable verdicts": "Usable verdicts", "pairs": "Pairs",
                  "score gap of pairs": "Score gap, chosen minus rejected", "mean length": "Mean length in tokens",
                  "answers that ended": "Answers that ended", "judge accuracy (anchor)": "Judge accuracy on the anchor set",
                  "KL to M0": "KL to M0, nats an answer"}
        for name, title in values.items():
            expected = run.over_models(title).get(m)
            shown = re.search(r"^M\d(.*?) mean score", text) if name == "mean score" else re.search(
                r"(?<!of )" + re.escape(name) + r"(-?[\d.]+(?:e[+-]\d+)?%?)", text)
            assert (shown is None) == (expected is None), (name, text)
            if expected is not None:
                near(shown.group(1), expected)
        if m >= 2:
            last = [u["unit"] for u in run.units if u["stage"] == "preference" and u["t"] == m - 1][-1]
            near(re.search(r"margin(-?[\d.]+)", text).group(1), last["margin"])
            near(re.search(r"reward accuracy([\d.]+%)", text).group(1), last["accuracy"])
            near(re.search(r"training loss([\d.]+)", text).group(1), last["loss"], 4)


def check_results(rows, measure, run):
    head, *rows = rows
    assert head == ["arm", "M0", "M1", "M2", "M3"], head
    assert len(rows) == 3
    for arm, *cells in rows:
        for model, cell in zip(head[1:], cells):
            values = run.results[measure, arm, model]
            near(cell, mean(values), 4)
            assert cell.endswith("5 seeds"), cell


def check_comparisons(rows, folder):
    compare, rate = [json.loads(line) for line in (folder / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[1][:3] == [compare["a"], compare["b"], "64"], rows
    assert rows[1][3:] == ["50% 37.5% to 62.5%", "25% 12.5% to 37.5%", "25% 12.5% to 37.5%", "62.5% 50% to 75%",
                           "56.3% 43.8% to 68.8%"], rows
    assert rows[3] == [rate["models"][0]["model"], "62 20 to 100", "128", "75% 62.5% to 87.5%", "\u2013"], rows
    assert rows[4] == ["M1.gguf", "-61 -100 to -20", "127", "\u2013", "\u2013"], rows


def check_pairs(seen, run):
    pairs = [(t, p) for t, selected in sorted(run.pairs.items()) for p in selected]
    votes = {}
    for t, groups in run.judged.items():
        for group in groups:
            for answer, verdicts in zip(group["responses"], group["verdicts"]):
                votes[t, tuple(answer["ids"])] = [v["score"] for v in verdicts]
    both = lambda t, p: [votes[t, tuple(p[side]["ids"])] for side in ("chosen", "rejected")]
    longer = lambda p: len(p["chosen"]["ids"]) - len(p["rejected"]["ids"])
    gap = lambda p: round(p["chosen_score"] - p["rejected_score"], 4)  # what differs by rounding is equal
    counts = {"split": sum(any(len(set(v)) > 1 for v in both(t, p)) for t, p in pairs),
              "unusable": sum(any(None in v for v in both(t, p)) for t, p in pairs),
              "cut": sum(not (p["chosen"]["finished"] and p["rejected"]["finished"]) for _, p in pairs),
              "longer": sum(longer(p) > 0 for _, p in pairs), "shorter": sum(longer(p) < 0 for _, p in pairs)}
    assert all(0 < count < len(pairs) for count in counts.values()), counts  # so that each filter can be wrong
    for kind, count in counts.items():
        assert seen["only"][kind] == f"Pairs 1 to {min(20, count)} of {count} (of {len(pairs)}).", (kind, count, seen["only"])
    for least, text in seen["least"].items():
        count = sum(gap(p) >= float(least) for _, p in pairs)
        assert f" of {count}" in text, (least, count, text)
    for t, text in seen["turns"].items():
        assert f" of {len(run.pairs[int(t)])} " in text, (t, text)
    text_of = lambda p: tuple(float(f"{p[k]:.3g}") for k in ("chosen_score", "rejected_score"))
    orders = {"run": [p for _, p in pairs], "large": sorted((p for _, p in pairs), key=gap, reverse=True),
              "small": sorted((p for _, p in pairs), key=gap), "longer": sorted((p for _, p in pairs), key=longer, reverse=True),
              "shorter": sorted((p for _, p in pairs), key=longer)}
    for order, expected in orders.items():
        given = [tuple(map(float, text.split(" against "))) for text in seen["orders"][order]]
        assert given == [text_of(p) for p in expected[:20]], order
    assert seen["later"][0] == f"Pairs 21 to {min(40, len(pairs))} of {len(pairs)}.", seen["later"]
    given = [tuple(map(float, text.split(" against "))) for text in seen["later"][1]]
    assert given == [text_of(p) for p in orders["run"][20:40]], "the second page"


def check_texts(seen, run, folder):
    assert seen["state"] == "The run has ended, with M3.", seen["state"]
    assert len(seen["warnings"]) == 1 and "(length, turn 2)" in seen["warnings"][0], seen["warnings"]
    asked = [u["unit"][0] for u in run.units if u["stage"] == "candidates"]
    assert seen["answers"] == [[asked[0]["prompt"]["text"]] + [a["responses"][0]["text"] for a in asked]], seen["answers"]
    first = run.pairs[1][0]
    assert seen["sides"] == [first["chosen"]["text"], first["rejected"]["text"]], seen["sides"]
    for side, shown in zip(("chosen", "rejected"), seen["votes"]):
        given = next(verdicts for group in run.judged[1] for answer, verdicts in zip(group["responses"], group["verdicts"])
                     if answer["ids"] == first[side]["ids"])
        expected = ["unusable (no score)" if v["score"] is None else str(int(v["score"])) for v in given]
        assert shown == [f"Vote {i + 1}: {text}" for i, text in enumerate(expected)], shown
    configuration = {row[0]: row[1] for row in seen["configuration"]}
    assert configuration["MODEL"] == "0123456789abcdef", configuration
    assert re.fullmatch(r"[0-9a-f]{16}", configuration["journal.jsonl"]), configuration
    assert configuration["warn-length"] == "1.1" and configuration["judge-url"].startswith("javascript:"), configuration


def check(seen, folder, data):
    run = Run(folder)
    titles = [f["title"] for f in seen["figures"]]
    for figure in seen["figures"]:
        if re.fullmatch(r"M\d", figure["title"]):
            check_histogram(figure, run)
        elif figure["title"] in OVER_STEPS:
            check_over_steps(figure, run)
        else:
            check_over_models(figure, run, data)
    assert titles.count("M1") == titles.count("M2") == titles.count("M3") == 1 and set(OVER_STEPS) < set(titles), titles
    check_cards(seen["card_texts"], run)
    check_results(seen["results"], "true_quality", run)
    check_results(seen["wins"][-4:], "win_rate", run)
    check_comparisons(seen["wins"][:5], folder)
    check_pairs(seen, run)
    check_texts(seen, run, folder)

"""Opens a report in a headless browser: it draws everything, each number where it belongs, works by its controls, lets no
text become markup, asks no other place for anything and writes nothing to the console.

usage: report_browser_test.py SRLM_PROGRAM CHROMIUM FOLDER     FOLDER: for files that the browser may read
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import recorded_run  # noqa: E402
import report_numbers  # noqa: E402

# Runs after the page's own script, in a copy of the page, and tells what it saw through the console.
PROBE = """<script>
const all = query => [...document.querySelectorAll(query)], seen = {};
""" + report_numbers.PROBE + """
const within = element => element.getBoundingClientRect().right <= document.documentElement.clientWidth + 1;
const input = text => { const box = document.querySelector('input[type=search]'); box.value = text; box.dispatchEvent(new Event('input')); };
setTimeout(() => {
  seen.title = document.title;
  seen.sections = all('main > section').map(s => s.id);
  seen.plots = all('figure svg').length;
  seen.bad_numbers = all('svg *').filter(e => [...e.attributes].some(a => /NaN|Infinity|undefined/.test(a.value))).length;
  seen.markup = all('main img, main script, main b, main svg[onload]').length;
  seen.cards = all('#models article').length;
  seen.status = all('#pairs [role=status]')[0].textContent;
  seen.figures = figures();
  seen.card_texts = all('#models article').map(a => a.textContent);
  seen.state = document.getElementById('state').textContent;
  seen.warnings = all('#warnings p').map(p => p.textContent);
  seen.answers = all('#answers article').map(a => inside(a, 'pre').map(p => p.textContent));
  seen.configuration = cells('#configuration tr');
  seen.results = cells('#results tr');
  seen.wins = cells('#wins tr');
  const tried = (place, values, look) => {
    const found = Object.fromEntries(values.map(v => { choose(place, v); return [v, look()]; }));
    choose(place, place === 3 ? 'run' : '');
    return found;
  };
  seen.turns = tried(0, ['1', '2'], told);
  seen.only = tried(1, ['split', 'unusable', 'cut', 'longer', 'shorter'], told);
  seen.least = tried(2, ['0.5', '1', '2', '3'], told);
  seen.orders = tried(3, ['run', 'large', 'small', 'longer', 'shorter'], listed);
  all('#pairs button')[1].click();
  seen.later = [told(), listed()];
  all('#pairs button')[0].click();
  const first = document.querySelector('#pairs details');
  first.open = true;
  setTimeout(async () => {
    seen.opened = first.textContent;
    seen.sides = ['chosen', 'rejected'].map(side => inside(first, '.' + side + ' > pre')[0].textContent);
    seen.votes = ['chosen', 'rejected'].map(side => inside(first, '.' + side + ' .vote summary').map(v => v.textContent));
    input('Turn 2');
    seen.searched = all('#pairs [role=status]')[0].textContent;
    seen.marks = all('#pairs mark').length;
    seen.marked = [...new Set(all('#pairs mark').map(m => m.textContent.toLowerCase()))];
    input('no such words anywhere');
    seen.nothing = all('#pairs [role=status]')[0].textContent;
    input('');
    const order = all('#pairs select')[3];
    order.value = 'large'; order.dispatchEvent(new Event('change'));
    seen.largest = all('#pairs .gap').map(e => e.textContent)[0];
    const before = document.documentElement.dataset.theme;
    document.getElementById('theme').click();
    seen.theme = [before, document.documentElement.dataset.theme];
    document.querySelector('#pairs details').open = true;
    await new Promise(done => setTimeout(done, 300));
    seen.scrolls = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    seen.too_wide = all('main *').filter(e => !e.closest('.scroll') && !within(e)).map(e => e.tagName + '.' + e.className).slice(0, 5);
    seen.unreachable = all('summary, button, select, input, a').filter(e => e.tabIndex < 0).length;
    seen.unnamed = all('button, select, input').filter(e => !e.textContent.trim() && !e.closest('label') && !e.ariaLabel).length;
    seen.width = document.documentElement.clientWidth;
    seen.asked = performance.getEntriesByType('resource').length;
    console.log('SEEN ' + JSON.stringify(seen));
  }, 300);
}, 300);
</script>"""


def browse(chromium, page, *options):
    """What the browser writes while it shows a page."""
    with tempfile.TemporaryDirectory(dir=page.parent.parent) as profile:
        run = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
                              f"--user-data-dir={profile}", "--virtual-time-budget=4000", "--dump-dom", *options, page.as_uri()],
                             capture_output=True, text=True, timeout=60)
    return [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def seen_in(console):
    """The probe's report. Fails where anything else was written."""
    found = [re.search(r'"SEEN (\{.*\})"', line) for line in console]
    others = [line for line, match in zip(console, found) if not match]
    assert not others, others
    assert len(console) == 1, console
    return json.loads(found[0].group(1))


def check(seen):
    assert seen["title"] == "srlm report", seen["title"]
    assert seen["markup"] == 0 and seen["asked"] == 0 and seen["bad_numbers"] == 0, seen
    assert seen["sections"] == ["models", "warnings", "curves", "scores", "training", "results", "wins", "pairs", "answers",
                                "configuration"], seen["sections"]
    assert seen["cards"] == 4 and seen["plots"] == 18, seen
    assert seen["status"].startswith("Pairs 1 to 20 of "), seen["status"]
    for text in (recorded_run.HOSTILE[0], "Vote 1", "Score: "):
        assert text in seen["opened"], (text, seen["opened"])
    assert re.fullmatch(r"Pairs 1 to 20 of \d+ \(of \d+\)\.", seen["searched"]) and seen["marks"] >= 20, seen
    assert seen["marked"] == ["turn 2"], seen["marked"]
    assert seen["nothing"].startswith("None of "), seen["nothing"]
    best, worst = (float(x) for x in seen["largest"].split(" against "))
    assert best - worst >= 2, seen["largest"]
    assert seen["theme"] in (["light", "dark"], ["dark", "light"]), seen["theme"]
    assert seen["too_wide"] == [] and not seen["scrolls"], seen
    assert seen["unreachable"] == 0 and seen["unnamed"] == 0, seen


def going_on(program, chromium, folder):
    """A run at work: its journal ends in a torn line, in the middle of turn 2."""
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").split("\n")
    last = next(i for i, line in enumerate(lines) if line.startswith('{"t": 2, "stage": "verdicts", "index": 1'))
    half = folder.parent / "half"
    half.mkdir()
    (half / "journal.jsonl").write_text("\n".join(lines[:last + 1]) + "\n" + lines[last + 1][:40], encoding="utf-8")
    (half / "models.jsonl").write_text('{"model": 1, "kl_to_m0": 0.25, "judge_accuracy": 0.625}\n', encoding="utf-8")
    subprocess.run([program, "report", str(half)], check=True, capture_output=True)
    page = half / "probed.html"
    probe = """<script>console.log('SEEN ' + JSON.stringify({state: document.getElementById('state').textContent,
      cards: [...document.querySelectorAll('#models article')].map(a => a.textContent)}))</script>"""
    page.write_text((half / "report.html").read_text(encoding="utf-8").replace("</body>", probe + "</body>"), encoding="utf-8")
    seen = seen_in(browse(chromium, page))
    assert seen["state"] == "The run is going on, or was interrupted. Recorded last: turn 2, verdicts, unit 2.", seen
    assert len(seen["cards"]) == 3 and "KL to M0" + "0.25 nats" in seen["cards"][1] and "(anchor)62.5%" in seen["cards"][1], seen


def main(program, chromium, folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        folder = pathlib.Path(place).resolve() / "run"
        recorded_run.write(folder)
        subprocess.run([program, "report", str(folder)], check=True, capture_output=True)
        page = (folder / "report.html").read_text(encoding="utf-8")
        probed = folder / "probed.html"
        probed.write_text(page.replace("</body>", PROBE + "</body>"), encoding="utf-8")
        wide = seen_in(browse(chromium, probed, "--window-size=1280,900"))
        check(wide)
        report_numbers.check(wide, folder, json.loads(re.search(r'id="data">(.*?)</script>', page).group(1)))
        assert wide["width"] > 1000, wide["width"]
        phone = folder / "phone.html"
        phone.write_text('<iframe src="probed.html" width="360" height="740" style="border: 0"></iframe>', encoding="utf-8")
        narrow = seen_in(browse(chromium, phone, "--window-size=800,900"))
        check(narrow)
        assert narrow["width"] <= 360, narrow["width"]
        plain = browse(chromium, folder / "report.html")
        assert plain == [], plain
        going_on(program, chromium, folder)
        # The test can fail: a page that does not escape what it embeds is taken.
        broken = folder / "broken.html"
        broken.write_text(page.replace("\\u003c", "<").replace("\\u003e", ">").replace("</body>", PROBE + "</body>"), encoding="utf-8")
        assert len(browse(chromium, broken)) != 1 or "taken" in browse(chromium, broken)[0]
    print("the report draws its run's numbers, works and stays text, at 1280 and at 360 pixels")


if __name__ == "__main__":
    main(*sys.argv[1:])

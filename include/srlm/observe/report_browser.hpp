/// The report's script, third part: the pairs to browse, the answers of the first and last model, the configuration,
/// and the switch between light and dark.
#pragma once
#include <string_view>

namespace srlm::observe {

inline constexpr std::string_view report_browser = R"js(
// ---- pairs
const pairs = data.pairs.shown.map((p, i) => ({...p, i,
  // rounded, because means of three votes are cut after six digits, and 1.33333 - 0.33333 is less than 1
  gap: p.chosen.score !== null && p.rejected.score !== null ? Number((p.chosen.score - p.rejected.score).toFixed(4)) : null,
  longer: p.chosen.tokens - p.rejected.tokens,
  votes: [...p.chosen.votes, ...p.rejected.votes]}));
for (const p of pairs) {
  p.text = [p.prompt, p.chosen.text, p.rejected.text, ...p.votes.map(v => v.text)].join('\n').toLowerCase();
  p.unusable = p.votes.some(v => v.score === null);
  p.split = [p.chosen, p.rejected].some(a => new Set(a.votes.map(v => v.score)).size > 1);
  p.cut = !p.chosen.finished || !p.rejected.finished;
}

// The text with what is searched for marked.
const marked = (text, wanted) => {
  if (!wanted) return [text];
  const parts = [], lower = text.toLowerCase();
  if (lower.length !== text.length) return [text];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), el('mark', {}, text.slice(at, at + wanted.length)));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
};

const answer = (kind, a, wanted) => el('div', {class: kind},
  el('h3', {}, `${kind === 'chosen' ? 'Chosen' : 'Rejected'}: score ${show(a.score)}`),
  el('p', {class: 'soft'}, `${a.tokens} tokens`, a.finished ? '' : ', cut off by the length limit'),
  el('pre', {}, marked(a.text, wanted)),
  a.votes.length === 0 ? el('p', {class: 'soft'}, 'The judge left no verdicts.') :
    a.votes.map((v, i) => el('details', {class: 'vote'},
      el('summary', {}, `Vote ${i + 1}: ${v.score === null ? 'unusable (' + stageName(v.cause) + ')' : show(v.score)}`),
      el('pre', {}, marked(v.text, wanted)))));

const pairBox = (p, wanted) => {
  const line = p.prompt.replace(/\s+/g, ' ').slice(0, 140);
  const box = el('details', {class: 'box pair', toggle: () => {
    if (box.open && box.children.length === 1) box.append(el('h3', {}, 'Prompt'), el('pre', {}, marked(p.prompt, wanted)),
      el('div', {class: 'two'}, answer('chosen', p.chosen, wanted), answer('rejected', p.rejected, wanted)));
  }}, el('summary', {}, `Turn ${p.t}, `, el('span', {class: 'gap'}, `${show(p.chosen.score)} against ${show(p.rejected.score)}`),
    ': ', el('bdi', {}, marked(line, wanted))));
  return box;
};

const browser = () => {
  if (data.pairs.all === 0) return null;
  const perPage = 20;
  let page = 0, found = [];
  const list = el('div', {}), told = el('p', {class: 'soft', role: 'status'});
  const changed = () => { page = 0; update(); };
  const choose = options => el('select', {change: changed}, options.map(([value, text]) => el('option', {value}, text)));
  const search = el('input', {type: 'search', input: changed, autocomplete: 'off'});
  const turn = choose([['', 'all'], ...[...new Set(pairs.map(p => p.t))].map(t => [t, String(t)])]);
  const only = choose([['', 'all'], ['split', 'votes differ'], ['unusable', 'with unusable votes'], ['cut', 'with a cut-off answer'],
    ['longer', 'chosen is longer'], ['shorter', 'chosen is shorter']]);
  const least = choose([['', 'any'], ['0.5', '0.5'], ['1', '1'], ['2', '2'], ['3', '3'], ['4', '4']]);
  const orders = {run: (a, b) => a.i - b.i, large: (a, b) => b.gap - a.gap, small: (a, b) => a.gap - b.gap,
    longer: (a, b) => b.longer - a.longer, shorter: (a, b) => a.longer - b.longer};
  const order = choose([['run', 'as in the run'], ['large', 'largest gap first'], ['small', 'smallest gap first'],
    ['longer', 'chosen longest first'], ['shorter', 'chosen shortest first']]);
  const kinds = {'': () => true, split: p => p.split, unusable: p => p.unusable, cut: p => p.cut, longer: p => p.longer > 0,
    shorter: p => p.longer < 0};
  const turnPage = by => { page += by; update(); list.scrollIntoView({block: 'nearest'}); };
  const back = el('button', {type: 'button', click: () => turnPage(-1)}, 'Earlier pairs');
  const on = el('button', {type: 'button', click: () => turnPage(1)}, 'Later pairs');
  const update = () => {
    const wanted = search.value.toLowerCase();
    found = pairs.filter(p => (turn.value === '' || p.t === Number(turn.value)) && kinds[only.value](p) &&
      (least.value === '' || (p.gap !== null && p.gap >= Number(least.value))) && (wanted === '' || p.text.includes(wanted)));
    found.sort(orders[order.value]);
    const first = page * perPage, shown = found.slice(first, first + perPage);
    list.replaceChildren(...shown.map(p => pairBox(p, wanted)));
    told.textContent = found.length === 0 ? `None of ${pairs.length} pairs.` :
      `Pairs ${first + 1} to ${first + shown.length} of ${found.length}` + (found.length < pairs.length ? ` (of ${pairs.length})` : '') + '.';
    back.disabled = page === 0;
    on.disabled = first + perPage >= found.length;
  };
  update();
  return [el('div', {class: 'tools'}, el('label', {class: 'wide'}, 'Search in prompts, answers and verdicts', search),
    el('label', {}, 'Turn', turn), el('label', {}, 'Only', only), el('label', {}, 'Score gap at least', least),
    el('label', {}, 'Order', order)), told, list, el('div', {class: 'tools'}, back, on)];
};
const left_out = data.pairs.all - pairs.length, longest = data.pairs.cut_at;
section('pairs', 'Pairs', 'What each turn learned from.' +
  (left_out > 0 ? ` Every ${show(data.pairs.all / pairs.length)}th of ${data.pairs.all} pairs is here: the page has room for ${pairs.length}.` : '') +
  (longest < 64000 ? ` Texts longer than ${longest} bytes are cut.` : ''), browser());

// ---- answers of the first and the last model
section('answers', 'Before and after', 'Greedy answers of M0 and of the last model.', data.answers.map(a =>
  el('article', {class: 'box pair'}, el('pre', {}, a.prompt), el('div', {class: 'two'},
    el('div', {class: 'rejected'}, el('h3', {}, 'M0'), el('pre', {}, a.first)),
    el('div', {class: 'chosen'}, el('h3', {}, 'Last model'), el('pre', {}, a.last))))));

// ---- configuration
const value = v => v === null ? '\u2013' : typeof v === 'string' ? v : JSON.stringify(v);
const rows = object => Object.entries(object).map(([name, v]) => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {class: 'break'}, value(v))));
const isHash = name => name.endsWith(' (contents)');
const identity = Object.entries(data.identity || {});
const inputs = identity.filter(([name]) => isHash(name)).map(([name, v]) => [name.replace(' (contents)', ''), v]);
const plain = data.options || Object.fromEntries(identity.filter(([name]) => !isHash(name)));
section('configuration', 'Configuration', null,
  inputs.length + data.files.length > 0 && el('div', {class: 'box'}, el('h3', {}, 'Fingerprints'),
    el('p', {class: 'soft'}, 'Of the run\u2019s inputs when it began, and of the files that this page was made from: 64 bits, against mistakes.'),
    el('div', {class: 'scroll', tabindex: 0}, el('table', {}, el('tbody', {}, rows(Object.fromEntries([...inputs, ...data.files])))))),
  Object.keys(plain).length > 0 && el('details', {class: 'box', style: 'margin-top: 1rem'},
    el('summary', {}, `All ${Object.keys(plain).length} options`),
    el('div', {class: 'scroll', tabindex: 0}, el('table', {}, el('tbody', {}, rows(plain))))));

// ---- light and dark: as the system has it, until the reader chooses
const root = document.documentElement, system = matchMedia('(prefers-color-scheme: dark)');
const theme = document.getElementById('theme');
let chosen = null;
const paint = () => {
  const dark = chosen === null ? system.matches : chosen === 'dark';
  root.dataset.theme = dark ? 'dark' : 'light';
  theme.textContent = dark ? 'Light' : 'Dark';
  theme.setAttribute('aria-label', dark ? 'Switch to light' : 'Switch to dark');
};
theme.addEventListener('click', () => { chosen = root.dataset.theme === 'dark' ? 'light' : 'dark'; paint(); });
system.addEventListener('change', paint);
paint();
)js";

} // namespace srlm::observe

/// The report's script, second part: the cards, the curves, the tables and the configuration.
#pragma once
#include <string_view>

namespace srlm::observe {

inline constexpr std::string_view report_sections = R"js(
// ---- what the page consists of; a section without content is not there
const main = document.querySelector('main'), nav = document.querySelector('nav');
const section = (id, title, note, ...content) => {
  const kept = content.flat().filter(Boolean);
  if (kept.length === 0) return;
  nav.append(el('a', {href: '#' + id}, title));
  main.append(el('section', {id, 'aria-labelledby': id + '-title'}, el('h2', {id: id + '-title'}, title),
    note && el('p', {class: 'soft'}, note), kept));
};
const grid = (more, ...items) => {
  const kept = items.flat().filter(Boolean);
  return kept.length > 0 ? el('div', {class: 'grid ' + more}, kept) : null;
};
const table = (head, rows) => el('div', {class: 'scroll', tabindex: 0}, el('table', {},
  el('thead', {}, el('tr', {}, head.map((text, i) => el('th', {scope: 'col', class: i ? 'n' : null}, text)))),
  el('tbody', {}, rows)));
const stageName = name => name.replace(/_/g, ' ');

// ---- where the run is
const state = () => {
  if (data.last === null) return data.results.length > 0 ? 'Results of runs.' :
    data.comparisons.compared.length + data.comparisons.rated.length > 0 ? 'Comparisons of models.' : 'Nothing is recorded yet.';
  const place = `turn ${data.last.t}, ${stageName(data.last.stage)}, unit ${data.last.index + 1}`;
  return data.ended ? `The run has ended, with M${data.models.length - 1}.` : `The run is going on, or was interrupted. Recorded last: ${place}.`;
};
document.getElementById('name').textContent = data.name;
document.getElementById('state').textContent = state();

// ---- the models
const card = m => {
  const rows = [];
  const row = (name, text, more) => text !== '\u2013' && rows.push(el('dt', {}, name),
    el('dd', {}, text, more ? el('span', {class: 'range'}, ' (' + more + ')') : null));
  if (m.usable) row('usable verdicts', percent(m.usable[0]), m.unusable);
  row('prompts', show(m.prompts));
  row('pairs', show(m.pairs));
  if (m.gap) row('score gap of pairs', show(m.gap[0]));
  if (m.length) row('mean length', show(m.length[0]) + ' tokens');
  if (m.finished) row('answers that ended', percent(m.finished[0]));
  row('judge accuracy (anchor)', percent(m.judge_accuracy));
  row('KL to M0', m.kl === null ? '\u2013' : show(m.kl) + ' nats');
  row('training loss', show(m.training_loss, 4));
  row('first preference loss', show(m.first_loss, 4));
  row('margin', show(m.margin));
  row('reward accuracy', percent(m.accuracy));
  return el('article', {class: 'box'}, el('h3', {}, 'M' + m.index),
    m.score ? el('div', {}, el('span', {class: 'big'}, show(m.score[0])), ' ',
      el('span', {class: 'range'}, 'mean score', range(m.score) && ', ' + range(m.score), m.held_out ? ' *' : '')) :
      el('p', {class: 'soft'}, m.index === 0 ? 'The model that the run began from.' : 'No answers of its own are judged yet.'),
    rows.length > 0 ? el('dl', {}, rows) : null);
};
const anyHeldOut = data.models.some(m => m.held_out);
section('models', 'Models', 'Scores are the judge\u2019s of the model\u2019s own answers; ranges hold the mean with 95% ' +
  '(bootstrap over prompts).' + (anyHeldOut ? ' * on the held-out prompts, the others on the new prompts of their turn.' : '') +
  ' Training: of the training that made the model, its last step.', grid('cards', data.models.map(card)));

section('warnings', 'Warnings', null, data.warnings.map(text => el('p', {class: 'warning'}, text)));

// ---- curves over models
const names = data.models.map(m => ({x: m.index, say: 'M' + m.index}));
const overModels = (title, key, format, note) => {
  const points = data.models.filter(m => m[key] !== null && m[key] !== undefined).map(m => {
    const e = Array.isArray(m[key]) ? m[key] : [m[key]];
    return {x: m.index, y: e[0], low: e[1], high: e[2], hollow: m.held_out && key !== 'judge_accuracy', say: 'M' + m.index};
  });
  return plot({title, series: [{name: title, points}], first: 'model', format, names, note});
};
section('curves', 'From model to model', anyHeldOut ? 'A hollow point was measured on the held-out prompts.' : null, grid('',
  overModels('Mean score', 'score'), overModels('Score gap, chosen minus rejected', 'gap'),
  overModels('Judge accuracy on the anchor set', 'judge_accuracy', percent),
  overModels('Usable verdicts', 'usable', percent), overModels('Pairs', 'pairs'),
  overModels('Mean length in tokens', 'length'), overModels('Answers that ended', 'finished', percent),
  overModels('KL to M0, nats an answer', 'kl')));

const bins = data.histograms.models.length > 0 ? data.histograms.models[0].counts.map((_, i, all) =>
  show(data.histograms.low + i * (data.histograms.high - data.histograms.low) / (all.length - 1))) : [];
section('scores', 'Scores', 'All answers of each model by their score.',
  grid('', data.histograms.models.map(m => histogram('M' + m.index, bins, m.counts))));

// ---- curves over steps: the stages of one kind one after the other
const overSteps = (title, stages, measures) => {
  const series = measures.map(([key, name]) => ({name, key, points: []})), borders = [];
  let before = 0;
  for (const s of stages) {
    borders.push({x: before + .5, say: s.stage === 'preference' ? `M${s.t} \u2192 M${s.t + 1}` : stageName(s.stage)});
    for (const one of series) (s[one.key] || []).forEach((e, i) => one.points.push({x: before + s.at[i], y: e[0], low: e[1],
      high: e[2], say: (s.stage === 'preference' ? 'turn ' + s.t : stageName(s.stage)) + ', step ' + show(s.at[i], 6)}));
    before += s.steps;
  }
  for (const one of series) one.points = one.points.filter(p => p.y !== null);
  return stages.length === 0 ? null : plot({title, series, first: 'step', borders});
};
const preference = data.stages.filter(s => s.stage === 'preference'), supervised = data.stages.filter(s => s.stage !== 'preference');
const means = data.stages.some(s => s.at.length < s.steps && s.at.length > 1 && s.at[1] - s.at[0] > 1);
section('training', 'Training', means ? 'A point is the mean of neighbouring steps, with the interval of 95% for it.' : 'A point is a step.',
  grid('', overSteps('Preference loss', preference, [['loss', 'loss']]),
    overSteps('Reward margin', preference, [['margin', 'margin']]),
    overSteps('Log-probability of the answers', preference, [['chosen_log_prob', 'chosen'], ['rejected_log_prob', 'rejected']]),
    overSteps('Rewards', preference, [['chosen_reward', 'chosen'], ['rejected_reward', 'rejected']]),
    overSteps('Reward accuracy', preference, [['accuracy', 'accuracy']]),
    overSteps('Supervised loss', supervised, [['loss', 'loss']]),
    overSteps('Gradient norm', data.stages, [['gradient_norm', 'gradient norm']])));

// ---- results over seeds
const distinct = values => [...new Set(values)];
const resultTable = (measure, caption) => {
  const cells = data.results.filter(c => c.measure === measure);
  const arms = distinct(cells.map(c => c.arm)), models = distinct(cells.map(c => c.model));
  return el('div', {class: 'box'}, caption && el('h3', {}, measure), table(['arm', ...models], arms.map(arm => el('tr', {},
    el('th', {scope: 'row'}, arm), models.map(model => {
      const c = cells.find(c => c.arm === arm && c.model === model);
      return el('td', {class: 'n'}, c ? show(c.mean, 4) : '\u2013', c && c.interval ?
        el('div', {class: 'range'}, range(c.interval, x => show(x, 4))) : null,
        c && c.seeds ? el('div', {class: 'range'}, c.seeds + (c.seeds === 1 ? ' seed' : ' seeds')) : null);
    })))));
};
const measures = distinct(data.results.map(c => c.measure)), wins = measures.filter(m => /win/i.test(m));
const resultSection = () => {
  if (measures.length === 0) return null;
  const place = el('div', {}), choice = el('select', {change: () => place.replaceChildren(resultTable(choice.value))},
    measures.map(m => el('option', {value: m}, m)));
  place.append(resultTable(measures[0]));
  return [el('div', {class: 'tools'}, el('label', {}, 'Measure', choice)), place];
};
section('results', 'Results over seeds', 'Means over the seeds, with intervals of 95% (Student\u2019s t) where there are two seeds or more.',
  resultSection());

// ---- sides that were judged against each other
const estimate = (e, format) => el('td', {class: 'n'}, e ? format(e[0]) : '\u2013',
  e && range(e, format) ? el('div', {class: 'range'}, range(e, format)) : null);
const rates = s => [estimate(s.win_rate, percent), estimate(s.length_controlled, percent)];
const compared = data.comparisons.compared;
const comparedTable = () => compared.length === 0 ? null : el('div', {class: 'box'}, el('h3', {}, 'Head to head'),
  table(['side', 'against', 'prompts', 'wins', 'ties', 'losses', 'win rate', 'length-controlled'], compared.map(c =>
    el('tr', {}, el('th', {scope: 'row'}, c.a), el('td', {class: 'n'}, c.b), el('td', {class: 'n'}, show(c.prompts)),
      [c.win, c.tie, c.lose].map(e => estimate(e, percent)), rates(c)))));
const ratedTable = r => el('div', {class: 'box'}, el('h3', {}, 'Ratings'),
  el('p', {class: 'soft'}, `Elo\u2019s, with mean 0; win rates against ${r.baseline}.`),
  table(['model', 'rating', 'games', 'win rate', 'length-controlled'], r.sides.map(s => el('tr', {},
    el('th', {scope: 'row'}, s.name), estimate(s.rating, x => show(Math.round(x))), el('td', {class: 'n'}, show(s.games)), rates(s)))));
section('wins', 'Win rates', compared.length + data.comparisons.rated.length > 0 ? 'A tie counts one half; length-controlled: if both ' +
  'answers were equally long. Intervals over prompts.' : null,
  comparedTable(), data.comparisons.rated.map(ratedTable), wins.map(m => resultTable(m, true)));
)js";

} // namespace srlm::observe

/// The report's script, first part: elements made of text and never of markup, and plots in SVG. Its own code, for
/// browsers as they are; needs nothing else.
#pragma once
#include <string_view>

namespace srlm::observe {

inline constexpr std::string_view report_plots = R"js(
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);

// el('p', {class: 'soft'}, 'text', other): texts become text nodes, whatever they hold.
const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(2)) if (child !== null && child !== undefined && child !== false) node.append(child);
  return node;
};
const el = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

// ---- numbers
const show = (x, digits = 3) => {
  if (x === null || x === undefined) return '\u2013';
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x);
  const size = Math.abs(x);
  return size >= 1e5 || (size < 1e-3 && size > 0) ? x.toExponential(2) : String(Number(x.toPrecision(digits)));
};
const percent = x => x === null || x === undefined ? '\u2013' : show(100 * x) + '%';
const range = (e, format = show) => e && e.length === 3 && e[1] !== e[2] ? format(e[1]) + ' to ' + format(e[2]) : '';

// ---- plots: points are {x, y, low, high, hollow, say}; a border is {x, say}
const width = innerWidth < 500 ? 310 : 420, height = 210, left = 46, right = 10, top = 14, bottom = 34;

// At most so many round numbers within two ends.
const ticks = (low, high, most) => {
  const rough = (high - low) / most, power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map(k => k * power).find(s => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) found.push(Number((k * step).toPrecision(12)));
  return found;
};

const ends = values => {
  let low = Math.min(...values), high = Math.max(...values);
  const room = high > low ? (high - low) * .08 : Math.max(Math.abs(high) * .1, .05);
  return [low - room, high + room];
};

const colour = i => 'var(--c' + i % 6 + ')';

const legend = series => series.length < 2 ? null : el('div', {class: 'legend'},
  series.map((s, i) => el('span', {}, el('i', {style: 'background:' + colour(i), 'aria-hidden': 'true'}), s.name)));

// Below each plot stand its numbers, for readers who cannot see or point at it.
const numbers = (series, first, format) => el('details', {class: 'numbers'}, el('summary', {}, 'Numbers'),
  el('div', {class: 'scroll', tabindex: 0}, el('table', {},
    el('thead', {}, el('tr', {}, el('th', {}, first), series.map(s => el('th', {class: 'n'}, s.name)))),
    el('tbody', {}, series[0].points.map((p, i) => el('tr', {}, el('td', {}, p.say),
      series.map(s => el('td', {class: 'n'}, s.points[i] ? format(s.points[i].y) : '\u2013',
        s.points[i] && s.points[i].low !== undefined && s.points[i].low !== s.points[i].high
          ? el('span', {class: 'range'}, ' (' + format(s.points[i].low) + ' to ' + format(s.points[i].high) + ')') : null))))))));

const plot = ({title, series, first, format = show, names = null, borders = [], note = null}) => {
  series = series.filter(s => s.points.length > 0);
  if (series.length === 0) return null;
  const all = series.flatMap(s => s.points);
  const [y0, y1] = ends(all.flatMap(p => p.low === undefined ? [p.y] : [p.y, p.low, p.high]));
  let x0 = Math.min(...[...all, ...borders].map(p => p.x)), x1 = Math.max(...all.map(p => p.x));
  if (names || x0 === x1) [x0, x1] = [x0 - .4, x1 + .4];
  const px = x => left + (x - x0) / (x1 - x0) * (width - left - right);
  const py = y => height - bottom - (y - y0) / (y1 - y0) * (height - top - bottom);
  const line = points => points.map((p, i) => (i ? 'L' : 'M') + px(p.x).toFixed(1) + ' ' + py(p.y).toFixed(1)).join('');
  const few = p => p.length <= 40;
  const drawing = svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title + '; its numbers stand below'},
    ticks(y0, y1, 5).filter(y => format !== percent || (y >= 0 && y <= 1)).map(y => [svg('line', {class: 'axis', x1: left, x2: width - right, y1: py(y), y2: py(y)}),
      svg('text', {x: left - 5, y: py(y) + 4, 'text-anchor': 'end'}, format(y))]),
    (names && names.filter(t => t.x >= x0 && t.x <= x1) || ticks(x0, x1, 6).map(x => ({x, say: show(x, 6)}))).map(t =>
      svg('text', {x: px(t.x), y: height - bottom + 16, 'text-anchor': 'middle'}, t.say)),
    borders.map((b, i) => [svg('line', {class: 'axis', 'stroke-dasharray': '4 3', x1: px(b.x), x2: px(b.x), y1: top, y2: height - bottom}),
      // a name that would run into the next one is left to the numbers
      6 * b.say.length < px(i + 1 < borders.length ? borders[i + 1].x : x1) - px(b.x) && svg('text', {x: px(b.x) + 3, y: top}, b.say)]),
    svg('text', {x: (left + width - right) / 2, y: height - 3, 'text-anchor': 'middle'}, first),
    series.map((s, i) => {
      const band = s.points.filter(p => p.low !== undefined);
      return svg('g', {stroke: colour(i), fill: colour(i)},
        few(s.points)
          ? band.map(p => svg('line', {x1: px(p.x), x2: px(p.x), y1: py(p.low), y2: py(p.high), 'stroke-width': 1.5, opacity: .6}))
          : band.length > 1 && svg('path', {stroke: 'none', opacity: .18, d: line(band.map(p => ({x: p.x, y: p.high}))) +
              'L' + line(band.map(p => ({x: p.x, y: p.low})).reverse()).slice(1) + 'Z'}),
        svg('path', {class: 'curve', d: line(s.points)}),
        few(s.points) && s.points.map(p => svg('circle', {cx: px(p.x), cy: py(p.y), r: 4,
          style: p.hollow ? 'fill: var(--front)' : null, 'stroke-width': 2},
          svg('title', {}, [p.say, s.name, format(p.y)].filter(Boolean).join(' \u00b7 ')))));
    }));
  return el('figure', {class: 'box'}, el('figcaption', {}, title), drawing, legend(series),
    note && el('p', {class: 'soft'}, note), numbers(series, first, format));
};

const histogram = (title, labels, counts) => {
  const sum = counts.reduce((a, b) => a + b, 0), most = Math.max(...counts), step = (width - left - right) / counts.length;
  const y = count => height - bottom - count / most * (height - top - bottom);
  return el('figure', {class: 'box'}, el('figcaption', {}, title),
    svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title + '; its numbers stand below'},
      svg('line', {class: 'axis', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}),
      svg('text', {x: left - 5, y: y(most) + 4, 'text-anchor': 'end'}, percent(most / sum)),
      counts.map((count, i) => [
        svg('rect', {x: left + i * step + 2, width: step - 4, y: y(count), height: height - bottom - y(count), fill: 'var(--c0)'},
          svg('title', {}, labels[i] + ' \u00b7 ' + count)),
        i % 2 === 0 && svg('text', {x: left + (i + .5) * step, y: height - bottom + 16, 'text-anchor': 'middle'}, labels[i])]),
      svg('text', {x: (left + width - right) / 2, y: height - 3, 'text-anchor': 'middle'}, 'score')),
    numbers([{name: 'answers', points: counts.map((count, i) => ({y: count, say: labels[i]}))}], 'score', show));
};
)js";

} // namespace srlm::observe

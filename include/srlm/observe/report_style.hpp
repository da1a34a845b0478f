/// How the report looks: light and dark, from a phone's width on.
#pragma once
#include <string_view>

namespace srlm::observe {

inline constexpr std::string_view report_style = R"css(
:root {
  color-scheme: light;
  --back: #f6f7f9; --front: #ffffff; --ink: #1b2330; --soft: #566173; --line: #d5dae2; --mark: #3b4cc0;
  --good: #17713f; --bad: #b3261e; --warn-back: #fff4dc; --warn-ink: #6b4700;
  --c0: #3b4cc0; --c1: #c2410c; --c2: #17713f; --c3: #8e2f8e; --c4: #0e7490; --c5: #7a6200;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --back: #12161d; --front: #1b212b; --ink: #e6eaf0; --soft: #9fabbc; --line: #353e4c; --mark: #9db0ff;
  --good: #6fd394; --bad: #ff8f86; --warn-back: #3a2f14; --warn-ink: #ffdf9a;
  --c0: #9db0ff; --c1: #ffa270; --c2: #6fd394; --c3: #e59be5; --c4: #67d3ea; --c5: #e0c95a;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.25rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
p { margin: .25rem 0 .75rem; }
a { color: var(--mark); }
.soft { color: var(--soft); font-size: .9rem; }
.head { display: flex; gap: 1rem; align-items: flex-start; justify-content: space-between; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: .5rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
button, select, input[type=search] {
  font: inherit; color: inherit; background: var(--front); border: 1px solid var(--line); border-radius: .4rem;
  padding: .35rem .7rem; min-height: 2.4rem; max-width: 100%;
}
button { cursor: pointer; }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
.cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.box { background: var(--front); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; min-width: 0; }
.big { font-size: 1.9rem; font-weight: 600; line-height: 1.2; }
.range { color: var(--soft); font-size: .85rem; font-weight: 400; }
dl { display: grid; grid-template-columns: 1fr auto; gap: .1rem .75rem; margin: .5rem 0 0; font-size: .92rem; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.warning { background: var(--warn-back); color: var(--warn-ink); border-radius: .5rem; padding: .5rem .8rem; margin: 0 0 .5rem; }
figure { margin: 0; }
figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.axis { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .85rem; color: var(--soft); }
.legend i { display: inline-block; width: .9rem; height: .25rem; margin-right: .35rem; vertical-align: middle; }
details > summary { cursor: pointer; }
.numbers { font-size: .85rem; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.break { overflow-wrap: anywhere; }
.tools { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin-bottom: .75rem; }
.tools label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft); min-width: 0; }
.tools .wide { flex: 1 1 14rem; }
.pair { margin-bottom: .5rem; padding: .6rem .9rem; }
.pair > summary { overflow-wrap: anywhere; }
.gap { font-variant-numeric: tabular-nums; font-weight: 600; }
.two { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); margin-top: .6rem; }
.two > * { min-width: 0; }
.chosen { border-left: 4px solid var(--c2); padding-left: .7rem; }
.rejected { border-left: 4px solid var(--c1); padding-left: .7rem; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 .5rem; }
.vote { margin-top: .3rem; font-size: .92rem; }
mark { background: #ffe27a; color: #1b2330; }
footer { padding: 2rem 1rem; }
@media (max-width: 30rem) { body { font-size: 15px; } h2 { margin-top: 1.5rem; } .head { flex-direction: column; gap: .5rem; } }
@media print { nav, .tools, button { display: none; } }
)css";

} // namespace srlm::observe

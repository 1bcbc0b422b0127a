"""Look: how a report's page is drawn, by day, by night, on a phone and on paper; and what its buttons do."""

STYLE = """
:root { --ground: #ffffff; --text: #1f2328; --dim: #59636e; --edge: #d1d9e0; --soft: #f6f8fa; --link: #0550ae;
  --good: #116329; --bad: #b3141d; --odd: #8a4600; --again: #6f42c1; --plain: #818b98; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #e6edf3; --dim: #9198a1; --edge: #3d444d;
  --soft: #151b23; --link: #79b8ff; --good: #56d364; --bad: #ff7b72; --odd: #f0a35e; --again: #c297ff;
  --plain: #6e7681; } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif }
a { color: var(--link) } h1 { margin: .25rem 0; font-size: 1.6rem; overflow-wrap: anywhere }
h2 { margin: 2rem 0 .5rem; font-size: 1.2rem } h3 { margin: .5rem 0; font-size: 1rem; overflow-wrap: anywhere }
p { margin: .25rem 0 } .dim, footer { color: var(--dim) } footer { margin-top: 2rem }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
pre { margin: .25rem 0; padding: .5rem; max-height: 20rem; overflow: auto; background: var(--soft) }
.again code { padding: .15rem .4rem; background: var(--soft); border: 1px solid var(--edge); user-select: all }
.verdict { display: inline-block; padding: .1rem .7rem; border: 2px solid; border-radius: 1rem; font-weight: 700 }
.pass b, .verdict.pass { color: var(--good) } .fail b, .verdict.fail { color: var(--bad) }
.inconclusive b, .verdict.inconclusive { color: var(--odd) }
.findings { padding: 0; list-style: none }
.findings li { margin: .5rem 0; padding: .5rem .75rem; border: 1px solid var(--edge);
  border-left: 4px solid var(--good) }
.findings li.fail { border-left-color: var(--bad) } .findings li.inconclusive { border-left-color: var(--odd) }
figure { margin: 1rem 0 } .picture { overflow: auto; max-height: 80vh; border: 1px solid var(--edge) }
svg { display: block } .legend svg { display: inline-block; vertical-align: middle }
svg text { font: 12px system-ui, sans-serif; fill: var(--text) } svg text.dim { fill: var(--dim) }
svg a:hover text { text-decoration: underline } svg a:hover line { stroke-width: 4 }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .25rem 0; padding: 0; list-style: none }
.way { stroke: var(--plain); stroke-width: 1.6 }
.mark { fill: none; stroke: var(--plain); stroke-width: 1.2 } .mark.order { stroke-width: 3; stroke-linecap: round }
.frame { fill: none; stroke: var(--edge) }
svg .late { stroke: var(--odd) } svg .again { stroke: var(--again) } .way.again { stroke-dasharray: 6 3 }
svg .lost { stroke: var(--again) } .way.lost { stroke-dasharray: 2 3 }
svg .failed { stroke: var(--bad) } .way.failed { stroke-dasharray: 9 3 2 3 }
svg .never { stroke: var(--bad) } .way.never { stroke-dasharray: 1 4 }
.wide { overflow-x: auto } table { width: 100%; border-collapse: collapse; font-size: 14px }
th { text-align: left; white-space: nowrap; border-bottom: 2px solid var(--edge) } th, td { padding: .25rem .5rem }
td { vertical-align: top; border-bottom: 1px solid var(--edge); overflow-wrap: anywhere }
th button { padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer }
th[aria-sort=ascending] button::after { content: " ▲" } th[aria-sort=descending] button::after { content: " ▼" }
tr:target { outline: 2px solid var(--link); outline-offset: -2px }
.cards, .cards thead, .cards tbody { display: block; min-width: 60rem }
.cards tr { display: grid; grid-template-columns: 4rem 1.2fr 1.2fr 1fr 6.5rem 6.5rem 2.6fr 2.4fr;
  border-bottom: 1px solid var(--edge) }
.cards td, .cards th { min-width: 0; border: 0 }
.cards tbody tr { content-visibility: auto; contain-intrinsic-height: auto 3.6rem }
.plain { margin: 0; padding: 0; list-style: none } .state { font-weight: 600 } .said { color: var(--dim) }
.state.succeeded { color: var(--good) } .state.exhausted { color: var(--bad) }
.state.dropped, .state.cancelled, .legality.hostile { color: var(--bad) }
.legality { padding: 0 .35rem; border: 1px solid var(--edge); border-radius: .6rem; font-size: 12px }
.legality.plausible { color: var(--odd) } summary { cursor: pointer; color: var(--dim) }
.controls label { margin-right: 1rem } input[type=search] { width: min(22rem, 100%); padding: .25rem; font: inherit;
  color: inherit; background: var(--ground); border: 1px solid var(--dim) }
[hidden], .cards tbody tr[hidden] { display: none }
@media screen and (max-width: 700px) {
  body { padding: 10px } .cards, .cards tbody { min-width: 0 } .cards thead { display: none }
  .cards tbody tr { display: block; margin: .6rem 0; padding: .35rem; border: 1px solid var(--edge);
    contain-intrinsic-height: auto 14rem }
  .cards td { display: flex; gap: .5rem; padding: .1rem .25rem }
  .cards td:empty { display: none } .cards td::before { flex: 0 0 6rem; color: var(--dim) }
  .cards td:nth-child(1)::before { content: "#" } .cards td:nth-child(2)::before { content: "event" }
  .cards td:nth-child(3)::before { content: "resource" } .cards td:nth-child(4)::before { content: "to" }
  .cards td:nth-child(5)::before { content: "came about" } .cards td:nth-child(6)::before { content: "state" }
  .cards td:nth-child(7)::before { content: "attempts" } .cards td:nth-child(8)::before { content: "faults" }
  .cards td:nth-child(7) { flex-wrap: wrap } }
@media print { :root { --ground: #fff; --text: #000; --dim: #444; --edge: #999; --soft: #fff; --link: #000;
    --good: #116329; --bad: #b3141d; --odd: #8a4600; --again: #6f42c1; --plain: #818b98 }
  .controls, details:not([open]) { display: none } .picture, .wide, pre { overflow: visible; max-height: none }
  .picture svg { max-width: 100%; height: auto } .cards, .cards thead, .cards tbody { min-width: 0; font-size: 11px }
  .cards tbody tr { content-visibility: visible } tr, li, figure { break-inside: avoid } }
"""

SCRIPT = """
"use strict";
(() => {
  const table = document.getElementById("deliveries"), body = table.tBodies[0], rows = [...body.rows];
  const find = document.getElementById("find"), rough = document.getElementById("rough");
  const shown = document.getElementById("shown");
  const words = new Intl.Collator("en", {numeric: true}), texts = new Map();
  const text = row => texts.get(row) ?? texts.set(row, row.textContent.toLowerCase()).get(row);
  const sift = () => {
    const asked = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = (!rough.checked || row.classList.contains("rough")) && asked.every(word => text(row).includes(word));
      row.hidden = !fits;
      count += fits;
    }
    shown.value = count === rows.length ? "" : `${count} of ${rows.length}`;
  };
  const reveal = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row && row.hidden) { find.value = ""; rough.checked = false; sift(); row.scrollIntoView(); }
  };
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  };
  table.tHead.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (!button) return;
    const heading = button.parentNode, column = heading.cellIndex;
    const turn = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
    const keyed = rows.map(row => [value(row, column), row]);
    keyed.sort(([a], [b]) => turn * (typeof a === "number" ? a - b : words.compare(a, b)));
    body.append(...keyed.map(pair => pair[1]));
  });
  find.addEventListener("input", sift);
  rough.addEventListener("change", sift);
  addEventListener("hashchange", reveal);
  document.querySelector(".controls").hidden = false;
})();
"""

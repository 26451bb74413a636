// The style sheet and the script of all pages. Colours: text and chips have a contrast of at least 4.5 to 1 on their
// grounds, light and dark.

#include "service/pages/layout.h"

namespace culprit::service {

const std::string_view k_style = R"css(
:root { color-scheme: light dark; --bg: #ffffff; --fg: #1c2024; --dim: #59636e; --line: #d5dae0; --soft: #f3f5f7;
  --link: #0b57b0; --good: #17692f; --bad: #b3261e; --warn: #8a5200; --run: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --fg: #e4e7ea; --dim: #a0a9b2; --line: #343b42;
  --soft: #1e2328; --link: #7db8ff; --good: #6fd08c; --bad: #ff8f86; --warn: #f0b35a; --run: #7db8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; padding-top: .75rem;
  padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
header .name { font-weight: 700; font-size: 1.15rem; color: var(--fg); text-decoration: none; }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; flex: 1; }
header nav a { padding: .25rem 0; }
footer { color: var(--dim); font-size: .875rem; padding-top: 2rem; padding-bottom: 2rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 1.25rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
p, ul, dl { margin: .5rem 0; }
code, pre, .mono { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: .375rem; padding: .75rem; overflow-x: auto; }
.dim { color: var(--dim); }
.cards { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; }
.cards a { display: block; border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .8rem; min-width: 6.2rem;
  text-decoration: none; color: var(--fg); background: var(--soft); }
.cards b { display: block; font-size: 1.35rem; line-height: 1.2; }
.chip { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .85rem;
  font-weight: 600; white-space: nowrap; color: var(--dim); }
.chip.running { color: var(--run); } .chip.answered { color: var(--good); } .chip.failed { color: var(--bad); }
.chip.inconclusive, .chip.waiting, .chip.held { color: var(--warn); }
.note { border: 1px solid var(--line); border-left: .3rem solid var(--warn); border-radius: .375rem; padding: .5rem .75rem;
  background: var(--soft); }
.answer { border: 1px solid var(--line); border-left: .3rem solid var(--good); border-radius: .375rem;
  padding: .5rem 1rem; background: var(--soft); overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th { text-align: left; font-size: .85rem; color: var(--dim); font-weight: 600; }
th, td { padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
td.tight, th.tight { white-space: nowrap; overflow-wrap: normal; }
.marks { font-family: ui-monospace, monospace; letter-spacing: .1em; overflow-wrap: anywhere; }
.marks .x { color: var(--bad); font-weight: 700; } .marks .other { color: var(--warn); } .marks .ok { color: var(--good); }
.good { color: var(--good); } .bad { color: var(--bad); }
form.search { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; align-items: end; }
label { display: block; font-size: .85rem; color: var(--dim); }
input, select, textarea, button { font: inherit; color: var(--fg); background: var(--bg); border: 1px solid var(--dim);
  border-radius: .375rem; padding: .35rem .6rem; max-width: 100%; }
input[type=checkbox] { width: auto; }
button { background: var(--soft); cursor: pointer; min-height: 2.4rem; }
form.wide label { margin: .75rem 0; } form.wide input:not([type=checkbox]), form.wide textarea { width: 100%; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
.links a { display: inline-block; padding: .2rem 0; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dl.facts dt { color: var(--dim); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
meter { width: 8rem; max-width: 100%; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 44rem) {
  table.stack, table.stack tbody, table.stack tr, table.stack td { display: block; width: 100%; }
  table.stack thead { position: absolute; left: -999rem; }
  table.stack tr { border-bottom: 1px solid var(--line); padding: .6rem 0; }
  table.stack td { border: 0; padding: .1rem 0; }
  table.stack td.tight { white-space: normal; }
  table.stack td[data-label]:not(:empty)::before { content: attr(data-label) " "; color: var(--dim); font-size: .85rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .5rem; }
  form.search > label { flex: 1 1 8rem; } form.search input, form.search select { width: 100%; }
}
@media print { header nav, form, .actions { display: none; } body { font-size: 11pt; } }
)css";

// Progress is written into the elements that name its job; where a state changes, the page is loaded again, unless
// somebody is typing.
const std::string_view k_script = R"js(
"use strict";
const typing = () => document.activeElement && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
const progress = (d) => {
  const parts = [];
  if (d.stage) parts.push(d.stage);
  if (d.runs) parts.push(d.builds + " builds, " + d.runs + " runs");
  if (d.revisions_left) parts.push(d.revisions_left + " revisions left");
  if (d.p > 0.01) parts.push((100 * d.p).toFixed(0) + " % on one commit");
  return parts.join(" \u00b7 ");
};
let reloading = false;
const reload = () => {
  if (reloading || typing()) return;
  reloading = true;
  setTimeout(() => location.reload(), 400);
};
const source = new EventSource("/events");
source.addEventListener("job", (event) => {
  const d = JSON.parse(event.data);
  const here = document.querySelectorAll('[data-job="' + Number(d.job) + '"]');
  if (here.length === 0 && document.querySelector("[data-all]")) reload();
  for (const element of here) {
    if (element.dataset.state !== d.state || (element.dataset.runs !== undefined && d.runs &&
        Number(element.dataset.runs) + 5 <= d.runs)) reload();
    const line = element.querySelector(".progress");
    if (line && d.stage !== undefined) line.textContent = progress(d);
  }
});
)js";

}  // namespace culprit::service

// Colours are named once, for light and for dark; tests/unit/output/page_test.cc reads them out of the page and
// holds every ink against every ground (WCAG 2.1, 4.5 to 1 for text). A colour never says anything alone: marks have
// glyphs, verdicts have words.
#include "output/page/parts.h"

namespace culprit::output::page {

html::Node style() {
  return html::style_sheet(R"CSS(
:root{color-scheme:light dark;
--ground:#ffffff;--ground-soft:#f3f4f6;--ink:#16181d;--ink-soft:#4b5260;--ink-link:#0b4fa8;--ink-bad:#a3160f;--ink-good:#12602b;--ink-other:#7a4a00;--line:#8a91a0;--fill:#2f6fbf}
@media (prefers-color-scheme:dark){:root{
--ground:#14171c;--ground-soft:#1f242c;--ink:#e8eaee;--ink-soft:#b0b7c3;--ink-link:#8cbcff;--ink-bad:#ff9d94;--ink-good:#82d99b;--ink-other:#f0bf6a;--line:#747d8c;--fill:#5b93dd}}
@media print{:root{color-scheme:light;
--ground:#ffffff;--ground-soft:#f3f4f6;--ink:#000000;--ink-soft:#333333;--ink-link:#000000;--ink-bad:#8b0000;--ink-good:#00460f;--ink-other:#5a3600;--line:#666666;--fill:#444444}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:16px;max-width:1040px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.2em 0 .4em}
h2{font-size:1.15rem;margin:2em 0 .5em;padding-bottom:.2em;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.2em 0 .3em}
p{margin:.5em 0;max-width:46em}
a{color:var(--ink-link)}
code,pre,.id{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.85rem}
pre{margin:.5em 0;padding:10px;background:var(--ground-soft);border:1px solid var(--line);border-radius:4px;overflow:auto;max-height:32em;white-space:pre;tab-size:8;overflow-wrap:normal}
.soft{color:var(--ink-soft)}
.card{background:var(--ground-soft);border:1px solid var(--line);border-radius:6px;padding:4px 14px;margin:.8em 0}
.card .title{font-weight:600}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:2px 14px;margin:.5em 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}
th{color:var(--ink-soft);font-weight:600;font-size:.85rem}
.marks{font-family:ui-monospace,"DejaVu Sans Mono",monospace;letter-spacing:.05em}
.marks a{display:inline-block;min-width:1.4em;padding:1px 3px;text-align:center;text-decoration:none;font-weight:700;border:1px solid var(--line);border-radius:3px;margin:0 2px 2px 0}
.marks a:focus,.marks a:hover{outline:2px solid var(--ink-link)}
.target,.bad{color:var(--ink-bad)}
.foreign{color:var(--ink-other)}
.ok,.good{color:var(--ink-good)}
.nothing,.unknown{color:var(--ink-soft)}
.bad,.good{font-weight:600}
details{margin:.3em 0}
summary{cursor:pointer;padding:4px 0}
summary .marks{margin-right:.5em}
dl{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:2px 14px;margin:.5em 0}
dt{color:var(--ink-soft)}
dd{margin:0}
svg{display:block;width:100%;overflow:hidden}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}
svg .small{font-size:12px}
svg .soft{fill:var(--ink-soft)}
svg .bad,svg .target{fill:var(--ink-bad)}
svg .good,svg .ok{fill:var(--ink-good)}
svg .unknown{fill:var(--ink-soft)}
svg .edge{fill:none;stroke:var(--line);stroke-width:2}
svg .closing{stroke:var(--ink-bad);stroke-dasharray:6 4}
svg .head{fill:var(--line);stroke:none}
svg .closing-head{fill:var(--ink-bad);stroke:none}
svg .node{stroke:var(--ground);stroke-width:2;fill:var(--line)}
svg .node.bad{fill:var(--ink-bad)}
svg .node.good{fill:var(--ink-good)}
svg .answer{fill:none;stroke:var(--ink);stroke-width:2}
svg .bar{fill:var(--fill)}
svg .curve{stroke:var(--fill);stroke-width:2}
svg .axis{stroke:var(--line);stroke-width:1}
svg .box{fill:var(--ground-soft);stroke:var(--line)}
svg .name{font-weight:600}
svg a:hover text{text-decoration:underline}
.scroll{overflow-x:auto}
@media (max-width:640px){
body{padding:12px;font-size:15px}
table.evidence,table.evidence tbody,table.evidence tr,table.evidence td{display:block}
table.evidence thead{position:absolute;left:-10000px}
table.evidence tr{border-bottom:1px solid var(--line);padding:8px 0}
table.evidence td{border:0;padding:1px 0}
dl{grid-template-columns:1fr;gap:0}
dd{margin:0 0 .4em}
}
@media print{
body{max-width:none;padding:0;font-size:10pt}
nav{display:none}
pre{max-height:none;white-space:pre-wrap;overflow-wrap:anywhere;overflow:visible}
h2,h3,summary{break-after:avoid}
tr,.card,svg{break-inside:avoid}
a{text-decoration:none}
.marks a{border:0;padding:0;min-width:0;margin:0}
}
)CSS");
}

}  // namespace culprit::output::page

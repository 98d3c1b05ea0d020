/**
 * The look of a report. Every pair of text and background holds a contrast of 4.5 to 1 in light and dark; nothing is wider
 * than its column, so a telephone needs no sideways scrolling; on paper all that is folded is open.
 */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--text:#1b1f24;--muted:#57606a;--edge:#d8dee4;--line:#0a58ca;
--ok:#116329;--warn:#7d4e00;--fail:#b3261e;--unknown:#5b3cc4;--skipped:#57606a;
--ok-soft:#dcf5e3;--warn-soft:#fdf0d0;--fail-soft:#fde7e5;--unknown-soft:#ece7fd;--skipped-soft:#eaeef2}
@media (prefers-color-scheme:dark){:root{--page:#0e1116;--card:#171b22;--text:#e6e9ee;--muted:#9aa4b2;--edge:#2d343e;--line:#79b8ff;
--ok:#6fdd8b;--warn:#f0c053;--fail:#ff9b93;--unknown:#c3b1ff;--skipped:#9aa4b2;
--ok-soft:#12301c;--warn-soft:#3a2c0a;--fail-soft:#43191a;--unknown-soft:#2a2250;--skipped-soft:#252b34}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
code{font:.85em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--muted)}
.hero{padding:2rem .75rem 1.5rem;color:#fff}
.hero.ok{background:linear-gradient(160deg,#136b2d,#0c4f20)}
.hero.warn{background:linear-gradient(160deg,#855200,#5f3b00)}
.hero.fail{background:linear-gradient(160deg,#b3261e,#84130d)}
.hero.unknown{background:linear-gradient(160deg,#5b3cc4,#40279a)}
.hero>*,main,footer{max-width:60rem;margin-inline:auto}
.hero>*{padding-inline:.35rem}
.hero p{margin-block:0}
.hero .what{font-weight:600}
.hero h1{margin-block:.1rem .2rem;font-size:clamp(2.75rem,13vw,4.75rem);line-height:1.05;letter-spacing:-.02em;font-weight:800}
.hero .headline{font-size:1.25rem;font-weight:600}
.hero nav{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:1.25rem}
.hero nav a{display:inline-flex;align-items:center;gap:.5rem;padding:.4rem .75rem .4rem .4rem;border-radius:2rem;background:var(--card);color:var(--text);text-decoration:none;font-weight:600}
.hero nav a:hover{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:3px solid var(--line);outline-offset:2px}
main{padding:1.25rem 0 0;width:calc(100% - 1.5rem);display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem}
section{background:var(--card);border:1px solid var(--edge);border-radius:.75rem;padding:1.1rem 1.1rem 1.2rem}
h2{margin:0 0 .75rem;font-size:1.2rem;line-height:1.3;display:flex;flex-wrap:wrap;align-items:center;gap:.6rem}
h3{margin:0;font-size:1rem;line-height:1.45}
section>h3{margin-block:.75rem .25rem}
section>h3:first-of-type{margin-top:0}
.quiet,.facts,caption,.waived .hint{color:var(--muted)}
p.quiet{margin:.25rem 0 0}
.badge{display:inline-flex;align-items:center;gap:.35em;padding:.05rem .55rem;border-radius:1rem;font-size:.8rem;font-weight:700;line-height:1.5;white-space:nowrap;vertical-align:.08em;background:var(--skipped-soft);color:var(--skipped)}
.badge.ok{background:var(--ok-soft);color:var(--ok)}
.badge.warn{background:var(--warn-soft);color:var(--warn)}
.badge.fail{background:var(--fail-soft);color:var(--fail)}
.badge.unknown{background:var(--unknown-soft);color:var(--unknown)}
.badge.waived{background:none;border:1px dashed var(--muted)}
.changes,.steps,.patterns,.fold ul{list-style:none;margin:0;padding:0}
.changes li{display:grid;grid-template-columns:4rem 12rem minmax(0,1fr);gap:.25rem .75rem;align-items:baseline;padding:.5rem 0}
.changes li+li,.fold li+li,.patterns li+li,.files>div+div{border-top:1px solid var(--edge)}
.kind{font-weight:700}
.new .kind,.worse .kind{color:var(--fail)}
.better .kind,.gone .kind{color:var(--ok)}
.finding{border-left:.3rem solid var(--muted);border-radius:.3rem;padding:.15rem 0 .15rem .9rem}
.finding+.finding,.quiet+.finding,.finding+.fold,.quiet+.fold{margin-top:1.1rem}
.finding.fail{border-color:var(--fail)}
.finding.warn{border-color:var(--warn)}
.finding.unknown{border-color:var(--unknown)}
.finding.waived{border-left-style:dashed;border-color:var(--muted)}
.finding.waived h3{font-weight:500}
.hint{margin:.25rem 0 .35rem}
summary{cursor:pointer;color:var(--muted);font-size:.9rem;padding-block:.15rem}
.fold>summary{font-size:1rem;padding-block:.35rem}
.fold+.fold{margin-top:.25rem}
.fold li{display:grid;grid-template-columns:5.6rem minmax(0,1fr);gap:.25rem .75rem;align-items:baseline;padding:.45rem 0}
.fold .badge{justify-self:start}
.facts{display:block;font-size:.85rem}
dl,dd{margin:0}
.evidence{margin-top:.35rem;font-size:.9rem}
.evidence>div{display:grid;grid-template-columns:minmax(7rem,12rem) minmax(0,1fr);gap:.75rem;padding:.15rem 0}
dt{color:var(--muted)}
table{width:100%;border-collapse:collapse;table-layout:fixed}
thead .number{width:6.5rem}
table+table{margin-top:1.5rem}
caption{text-align:left;font-weight:700;padding-bottom:.25rem;color:var(--text)}
th,td{padding:.3rem .5rem;text-align:left;border-bottom:1px solid var(--edge)}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);font-size:.85rem;font-weight:600}
tbody th{font-weight:500}
tbody tr:last-child>*{border-bottom:0}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .plot{width:9.5rem}
.plot svg{display:block;width:7.5rem;height:2rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.25rem}
figure{margin:0;min-width:0}
figure svg{display:block;width:100%;max-width:28rem;height:auto;margin-top:.5rem}
.steps li{display:grid;grid-template-columns:1.25rem minmax(0,1fr);gap:.35rem;padding:.1rem 0}
.steps .done>:first-child,.steps .running>:first-child{color:var(--ok);font-weight:700}
.patterns li{padding:.35rem 0}
.patterns code{color:var(--text)}
.times{font-variant-numeric:tabular-nums;font-weight:600}
.files>div{padding:.4rem 0}
.files dt{color:var(--text);font-weight:600}
.files .quiet{font-weight:400}
footer{padding:1.5rem .35rem 3rem;width:calc(100% - 1.5rem);font-size:.9rem}
footer dl>div{display:grid;grid-template-columns:5rem minmax(0,1fr);gap:.5rem;padding:.1rem 0}
footer p{margin:.75rem 0 0}
@media (max-width:40rem){
.hero{padding:1.5rem .75rem 1.25rem}
section{padding:1rem .9rem}
.changes li{grid-template-columns:auto minmax(0,1fr)}
.changes .about{grid-column:1/-1}
.evidence>div{grid-template-columns:minmax(0,1fr);gap:0;padding:.25rem 0}
.fold li{grid-template-columns:minmax(0,1fr)}
.trends thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.trends,.trends tbody,.trends caption{display:block}
.trends tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.1rem .5rem;align-items:center;padding:.5rem 0;border-bottom:1px solid var(--edge)}
.trends tr:last-child{border-bottom:0}
.trends tr>*{border:0;padding:0}
.trends tbody th{grid-column:1/3}
.trends .plot{grid-column:3;grid-row:1}
.trends .plot svg{width:100%;max-width:7.5rem;margin-left:auto}
.trends .plot .quiet{display:block;text-align:right}
.trends .number{text-align:left;white-space:normal}
.trends .number:last-child{text-align:right}
.trends .number::before{content:attr(data-label);display:block;font-size:.8rem;color:var(--muted)}
}
@media print{
:root{--page:#fff;--card:#fff;--text:#000;--muted:#444;--edge:#bbb;--line:#0a58ca;--ok:#116329;--warn:#7d4e00;--fail:#b3261e;--unknown:#5b3cc4;--skipped:#444}
body{font-size:11pt}
.hero{color:#000;background:none!important;border-bottom:3pt solid;padding-inline:0}
.hero nav{display:none}
.hero.ok{border-color:var(--ok)}.hero.warn{border-color:var(--warn)}.hero.fail{border-color:var(--fail)}.hero.unknown{border-color:var(--unknown)}
main,footer{padding-inline:0}
section{border:0;padding:0}
.finding,tr,figure{break-inside:avoid}
.badge{border:1px solid;background:none!important}
details::details-content{content-visibility:visible;display:block;block-size:auto}
}
`

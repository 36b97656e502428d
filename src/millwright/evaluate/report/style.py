"""How the page looks: tokens first, light and dark, then a few plain rules. It also prints."""

LIGHT = """--paper:#f6f5f1;--panel:#fffefb;--ink:#20242a;--soft:#5d646d;--faint:#e4e2db;--accent:#28658a;--accent-soft:#a9c6d6;
--good:#2c7a50;--good-soft:#e3f1e8;--bad:#ad3b34;--bad-soft:#f8e5e2;--open:#8a5f0c;--open-soft:#f7ecd2"""

DARK = """--paper:#14171a;--panel:#1b1f24;--ink:#e6e8ea;--soft:#9ea6ae;--faint:#2d333a;--accent:#7db8d8;--accent-soft:#355a70;
--good:#73c898;--good-soft:#1b3427;--bad:#ec938a;--bad-soft:#40211f;--open:#deb660;--open-soft:#382d14"""

RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:820px;margin:0 auto;padding:56px 24px 96px}
header .project{margin:0 0 4px;color:var(--soft);font-size:15px}
h1{margin:0 0 20px;font-size:32px;line-height:1.22;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
h2{margin:0 0 4px;font-size:21px;font-weight:650;letter-spacing:-.005em}
h3{margin:28px 0 6px;font-size:16px;font-weight:600}
section{margin-top:60px}
p{margin:0 0 12px;max-width:68ch}
.lead{color:var(--soft);margin-bottom:18px}
.note,footer{color:var(--soft);font-size:14px}
.scroll+.note,details+.note{margin-top:14px}
.verdict{display:inline-block;padding:3px 12px;border-radius:99px;font-size:14px;font-weight:600;margin-bottom:14px}
.passed{color:var(--good);background:var(--good-soft)}
.failed{color:var(--bad);background:var(--bad-soft)}
.inconclusive{color:var(--open);background:var(--open-soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:1px;background:var(--faint);
border:1px solid var(--faint);border-radius:10px;overflow:hidden;margin:28px 0 0}
.tile{background:var(--panel);padding:16px 18px}
.tile .what{color:var(--soft);font-size:14px}
.tile .figure{font-size:27px;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
.tile .proof{color:var(--soft);font-size:13px;line-height:1.4}
.panel{background:var(--panel);border:1px solid var(--faint);border-radius:10px;padding:18px 20px;margin:0 0 16px}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:16px}
.pair td:first-child{min-width:0}
.scroll+.pair,details+.pair,.note+.pair{margin-top:18px}
.panel h3{margin-top:0}
@media (max-width:680px){.pair{grid-template-columns:minmax(0,1fr)}main{padding-top:32px}h1{font-size:26px}}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:15px}
th{color:var(--soft);font-weight:500;font-size:14px;text-align:left;vertical-align:bottom}
th,td{padding:8px 14px 8px 0;border-bottom:1px solid var(--faint)}
td{vertical-align:top}
th:last-child,td:last-child{padding-right:0}
td .note{display:block}
td:first-child{min-width:190px}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
ul{padding-left:20px;margin:0;max-width:68ch}
li{margin-bottom:8px}
code{font:13.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--faint);border-radius:4px;
padding:1px 5px;overflow-wrap:anywhere}
.gate{display:grid;grid-template-columns:118px 1fr;gap:16px;padding:14px 0;border-bottom:1px solid var(--faint)}
.gate .verdict{margin:0;justify-self:start;align-self:start}
.gate p{margin:0}
details{margin-top:14px}
summary{cursor:pointer;color:var(--accent)}
footer{margin-top:64px;border-top:1px solid var(--faint);padding-top:18px}
.plot{display:block;width:100%;height:auto;overflow:visible}
.plot text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
.plot .name{fill:var(--ink);font-size:13px}
.plot .value{fill:var(--ink);font-size:13px}
.plot .grid{stroke:var(--faint);stroke-width:1}
.plot .reference{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4}
.plot .threshold{stroke:var(--open);stroke-width:1.5}
.plot .branch{stroke:var(--soft);stroke-width:1;opacity:.6}
.plot .bar{fill:var(--accent-soft)}
.plot .sealed{fill:var(--accent)}
.plot circle.mark{fill:var(--accent)}
.plot circle.other{fill:var(--panel);stroke:var(--soft);stroke-width:1.8}
.plot circle.weak{fill:var(--bad)}
.plot circle.ring{fill:none;stroke:var(--open);stroke-width:2}
.plot .whisker{stroke:var(--accent);stroke-width:2;stroke-linecap:round;opacity:.75}
.plot .whisker.other{stroke:var(--soft)}
.plot .whisker.weak{stroke:var(--bad)}
.plot .stroke{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.plot .stroke.first{stroke:var(--accent);stroke-width:2.6}
.of-card{margin:32px 0 10px}
@page{size:A4;margin:16mm 15mm}
@media print{*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{background:#fff;font-size:14px}main{max-width:none;padding:0}h1{font-size:26px}section{margin-top:32px}
h2,h3,.lead{break-after:avoid}p,li{orphans:3;widows:3}
.panel,.plot,.tiles,.gate,li,tr{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}
.panel{background:#fff}a,summary{color:inherit}}
"""
"""What a page and a notebook's cell share: everything but the colours."""

_COLOURS = (
    f":root{{color-scheme:light dark;{LIGHT}}}"
    f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{DARK}}}}}"
    f":root[data-theme=dark]{{color-scheme:dark;{DARK}}}:root[data-theme=light]{{color-scheme:light}}"
    f"@media print{{:root:root,:root[data-theme=dark]{{color-scheme:light;{LIGHT}}}}}"
)

STYLE = _COLOURS + RULES

STORY_RULES = """
.story h1{margin-bottom:16px}
.story .summary{font-size:18px;line-height:1.5;max-width:64ch}
.story .tiles{grid-template-columns:repeat(3,1fr)}
.story .panel{padding-bottom:16px}
.story .panel>.note{margin-bottom:10px}
.story ul.note{margin-top:10px}
.story .narrow{display:none}
.story summary{font-size:14px}
.story td:first-child{min-width:0}
.story .when-table td:not(:last-child),.story .whole td:first-child{white-space:nowrap}
.story strong{font-weight:650}
.plot .halo{paint-order:stroke;stroke:var(--panel);stroke-width:3px;stroke-linejoin:round}
.plot .inside{fill:var(--ink);font-weight:600}
.plot .count{font-size:11px}
.plot .span.live{fill:var(--accent-soft)}
.plot .span.shadow,.plot .span.canary{fill:var(--panel);stroke:var(--accent)}
.plot .span.canary{fill:var(--accent-soft);fill-opacity:.45}
.plot .span.fault{fill:var(--bad);fill-opacity:.8}
.plot .hatch{fill:none;stroke:var(--accent-soft);stroke-width:1.5}
.plot .hatch+.inside{paint-order:stroke;stroke:var(--panel);stroke-width:5px;stroke-linejoin:round}
.plot .band{fill:var(--open);fill-opacity:.14;stroke:none}
.plot .band-words{fill:var(--open);font-weight:600}
.plot .target{fill:transparent}
.sign path{fill:none;stroke:var(--soft);stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
.sign.retrain path,.sign.shadow path,.sign.canary path{stroke:var(--accent)}
.sign.promote path{fill:var(--good);stroke:var(--good)}
.sign.rollback path,.sign.abort path{fill:var(--bad);stroke:var(--bad)}
.sign.refuse path{stroke:var(--bad);stroke-width:2.4}
.sign.hold path{fill:var(--open);stroke:var(--open);stroke-width:1}
.sign.alert path{stroke:var(--open)}
.sign.approve path{stroke:var(--good);stroke-width:2.2}
.sign.other path{fill:var(--soft)}
.icon{display:inline-block;width:18px;height:18px;vertical-align:-4px}
.key{display:flex;flex-wrap:wrap;gap:6px 18px;margin:14px 0 0;color:var(--soft);font-size:13px;max-width:none}
.key+.key{margin-top:6px}
.key>span{display:inline-flex;align-items:center;gap:6px}
.swatch{width:20px;height:12px;border-radius:2px;border:1px solid var(--accent)}
.swatch.shadow{background:repeating-linear-gradient(135deg,var(--panel) 0 3px,var(--accent-soft) 3px 5px)}
.swatch.canary{background:color-mix(in srgb,var(--accent-soft) 45%,var(--panel))}
.swatch.injected{border-color:transparent;background:color-mix(in srgb,var(--open) 22%,var(--panel))}
.plot .stroke.second{stroke:var(--soft);stroke-dasharray:7 4}
.plot .stroke.third{stroke:var(--open);stroke-dasharray:1.5 4.5}
.plot .stroke.fourth{stroke:var(--soft);stroke-dasharray:2 3;stroke-width:1.4}
.plot .stroke.fifth{stroke:var(--good);stroke-dasharray:10 3 2 3;stroke-width:1.6}
.plot .point{fill:var(--panel);stroke-width:1.8}
.plot .point.first{fill:var(--accent);stroke:var(--panel);stroke-width:1}
.plot .point.second{stroke:var(--soft)}
.plot .point.third{stroke:var(--open)}
.plot .point.fourth{stroke:var(--soft)}
.plot .point.fifth{stroke:var(--good)}
.plot .lead{stroke-width:1;opacity:.55}
.plot .lead.first{stroke:var(--accent)}
.plot .lead.second{stroke:var(--soft)}
.plot .lead.third{stroke:var(--open)}
.plot .lead.fourth{stroke:var(--soft)}
.plot .lead.fifth{stroke:var(--good)}
.plot .end{font-size:13px}
.plot .end.first{fill:var(--accent);font-weight:650}
.plot .end.second{fill:var(--soft)}
.plot .end.third{fill:var(--open)}
.plot .end.fourth{fill:var(--soft)}
.plot .end.fifth{fill:var(--good)}
.decision{display:grid;grid-template-columns:18px 1fr;gap:14px;padding:16px 0;border-bottom:1px solid var(--faint);
break-inside:avoid}
.decision .icon{margin-top:3px}
.decision p{margin:0 0 4px;overflow-wrap:anywhere}
.decision .head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;max-width:none}
.decision .when{color:var(--soft);font-size:14px;font-variant-numeric:tabular-nums}
.decision details{margin-top:6px}
.decision .found{margin:8px 0 0;font-size:14px;color:var(--soft)}
.decision .found li{margin-bottom:4px;overflow-wrap:anywhere}
.terms table{font-size:14px}
.terms th,.terms td{padding-top:5px;padding-bottom:5px}
.terms th:last-child,.terms td:last-child{text-align:right;white-space:nowrap}
.met{color:var(--good)}
.unmet{color:var(--bad);font-weight:600}
@media screen and (max-width:680px){.story .roomy{display:none}.story .narrow{display:block}.story .summary{font-size:17px}
.story .panel{padding:14px}.story .tiles{grid-template-columns:1fr 1fr}main.story{padding-left:16px;padding-right:16px}}
@media print{.story details::details-content{content-visibility:visible;block-size:auto}
.story section{break-inside:auto}.story .panel{break-inside:avoid}.story td{padding-top:4px;padding-bottom:4px}}
"""

STORY_STYLE = STYLE + STORY_RULES
"""The same, with what the story of a played history needs besides."""

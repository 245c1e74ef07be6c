"""The style sheet of the report: one palette for light and dark, pytest-html's own page included."""

_LIGHT = """--eg-paper:#ffffff;--eg-ink:#222222;--eg-muted:#5f6368;--eg-line:#d7d9de;--eg-wash:#f5f6f8;
--eg-focus:#0b57d0;--eg-good:#00694c;--eg-bad:#b3121f;--eg-look:#7d5200;--eg-near:#005a8c;--eg-past:#9db9cc;
--eg-bad-wash:#fdecea;--eg-look-wash:#fff6e5;color-scheme:light"""
_DARK = """--eg-paper:#17181c;--eg-ink:#ececf1;--eg-muted:#a9adb5;--eg-line:#3a3c43;--eg-wash:#22242a;
--eg-focus:#8ab4f8;--eg-good:#4cc9a0;--eg-bad:#ff8a85;--eg-look:#f0b24a;--eg-near:#5ab4f0;--eg-past:#4f6f86;
--eg-bad-wash:#3a1f21;--eg-look-wash:#352a14;color-scheme:dark"""
_PAGE = """
body{min-width:0;margin:12px;background:var(--eg-paper);color:var(--eg-muted)}
h1,h2,p{color:var(--eg-ink)}h1{margin:0}h1+p{margin:4px 0 8px;color:var(--eg-muted)}
.summary__data>h2{display:none}a,.filters button,.collapse button{color:var(--eg-near)}
.filters button:hover,.collapse button:hover{color:var(--eg-ink)}
.filters,.controls{flex-wrap:wrap;gap:4px}.filters{color:var(--eg-ink);font-size:13px}.controls{margin-bottom:6px}
.filters span{margin-right:8px}
:is(.eg-tests,.eg-past){margin:14px 0;padding:0 12px;max-width:1180px;box-sizing:border-box;
border:1px solid var(--eg-line);border-radius:8px}
:is(.eg-tests,.eg-past)>summary{cursor:pointer;padding:8px 0;color:var(--eg-near);font:14px/1.45 system-ui,sans-serif}
#environment{max-width:100%;overflow-wrap:anywhere;color:var(--eg-ink)}
#environment td,#results-table,#results-table th,#results-table td{border-color:var(--eg-line)}
#environment tr:nth-child(odd){background:var(--eg-wash)}
#results-table{color:var(--eg-ink)}#results-table>*>.collapsible>td{overflow-wrap:anywhere}
#results-table th{color:var(--eg-muted)}
span.passed,.passed .col-result{color:var(--eg-good)}
span:is(.skipped,.xfailed,.rerun),:is(.skipped,.xfailed,.rerun) .col-result{color:var(--eg-look)}
span:is(.error,.failed,.xpassed),:is(.error,.failed,.xpassed) .col-result{color:var(--eg-bad)}
#environment-header h2:hover::after{color:var(--eg-muted)}
.logwrapper,.logwrapper .logexpander{background:var(--eg-wash)}
.logwrapper .log{color:var(--eg-ink);border-color:var(--eg-line);overflow-wrap:anywhere}
.logwrapper .logexpander{color:var(--eg-muted)}
.logwrapper .logexpander:hover{color:var(--eg-ink);border-color:currentColor}
div.media{border-color:var(--eg-line)}:focus-visible{outline:3px solid var(--eg-focus);outline-offset:1px}
"""
_FIRST_SCREEN = """
.eg{font:14px/1.45 system-ui,sans-serif;color:var(--eg-ink);max-width:1180px}
.eg-verdict{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline;padding:12px 16px;border-radius:8px;
margin:8px 0 12px;color:#fff;background:#555}
.eg-verdict strong{font-size:24px;text-transform:uppercase;letter-spacing:.04em}.eg-verdict span{font-size:16px}
.eg-verdict.eg-passed{background:#00694c}.eg-verdict.eg-failed{background:#b3261e}
.eg-verdict.eg-inconclusive,.eg-verdict.eg-partial{background:#8a5a00}
.eg-about{display:flex;flex-wrap:wrap;gap:2px 22px;margin:0 0 12px}
.eg-about div{display:flex;gap:7px;align-items:baseline;min-width:0}
.eg-about div:nth-child(-n+2){flex:1 0 100%;max-width:100%}
.eg-about dt{color:var(--eg-muted);font-size:12px}
.eg-about dd{margin:0;font-weight:500;overflow-wrap:anywhere;min-width:0}
.eg-error,.eg-broken{background:var(--eg-bad-wash);border-left:4px solid var(--eg-bad);padding:8px 12px;
overflow-wrap:anywhere;color:var(--eg-ink)}
.eg-broken-list{list-style:none;padding:0;margin:0 0 10px}
.eg-broken-list li{border-left:4px solid var(--eg-look);background:var(--eg-look-wash);padding:7px 12px;
margin:0 0 6px;overflow-wrap:anywhere}
.eg-broken-list li:is(.eg-failed,.eg-error){border-color:var(--eg-bad);background:var(--eg-bad-wash)}
.eg-told{border-left:4px solid var(--eg-line);background:var(--eg-wash);padding:6px 12px;margin:0 0 6px;
overflow-wrap:anywhere}
.eg-blame{font-size:13px;margin-top:3px}.eg-blame q{unicode-bidi:isolate}
.eg code{font:13px ui-monospace,monospace}
.eg-word{font-weight:600;white-space:nowrap}.eg-rest{margin:0 0 10px}.eg summary{cursor:pointer}
.eg-rest>summary{padding:4px 12px;color:var(--eg-near)}
"""
_FAMILIES = """
.eg-families{border:1px solid var(--eg-line);border-radius:8px;margin:12px 0 16px;overflow:hidden}
.eg-family+.eg-family{border-top:1px solid var(--eg-line)}
.eg-family>summary{display:grid;grid-template-columns:14px 112px 96px minmax(110px,1fr) minmax(0,2.6fr) auto;
gap:2px 10px;padding:6px 12px;align-items:baseline}
.eg-family>summary::-webkit-details-marker{display:none}
.eg-family>summary::before{content:"▸";color:var(--eg-muted)}.eg-family[open]>summary::before{content:"▾"}
.eg-family>summary:hover{background:var(--eg-wash)}.eg-counts,.eg-telling{color:var(--eg-muted);font-size:13px}
.eg-telling{overflow-wrap:anywhere}.eg-telling b{color:var(--eg-ink);font-variant-numeric:tabular-nums}
.eg-family[open]>summary{background:var(--eg-wash)}.eg-family>.eg-scroll{padding:0 12px}
.eg-cause{margin:2px 12px 8px;color:var(--eg-muted);font-size:13px;overflow-wrap:anywhere}
.eg-family .eg-rest :is(.eg-scroll,.eg-figures),.eg-family>.eg-figures{padding:0 12px}
.eg-scroll{overflow-x:auto;max-width:100%}
.eg-checks{min-width:880px}.eg-checks td:last-child{min-width:220px}
.eg table{border-collapse:collapse;width:100%;margin:4px 0 12px}
.eg :is(th,td){text-align:left;padding:3px 9px;border:0;
border-bottom:1px solid var(--eg-line);vertical-align:top;overflow-wrap:anywhere;font-size:13px;color:var(--eg-ink)}
.eg th{color:var(--eg-muted);font-weight:500}.eg tr:last-child>td{border-bottom:0}
.eg :is(td,th).eg-n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.eg-checks th{white-space:nowrap}
.eg-checks td:first-child{white-space:nowrap;font-weight:600}.eg-checks code{white-space:nowrap}
.eg-family.eg-passed>summary>.eg-word,
.eg-checks tr.eg-passed>td:first-child{color:var(--eg-good)}
.eg-family:is(.eg-failed,.eg-error)>summary>.eg-word,li:is(.eg-failed,.eg-error)>.eg-word,
.eg-checks tr:is(.eg-failed,.eg-error)>td:first-child{color:var(--eg-bad)}
.eg-family:is(.eg-warned,.eg-inconclusive)>summary>.eg-word,li:is(.eg-warned,.eg-inconclusive)>.eg-word,
.eg-checks tr:is(.eg-warned,.eg-inconclusive)>td:first-child{color:var(--eg-look)}
.eg-figure{margin:10px 0 18px}.eg-figure figcaption{max-width:1000px}
.eg-figure img{max-width:100%;height:auto;border:0;display:block;box-sizing:border-box}
.eg-figure figcaption{margin:0 0 6px;font:13px/1.4 system-ui,sans-serif;color:var(--eg-muted)}
.eg-figure figcaption b{color:var(--eg-ink)}
"""
_MEDIA = """
@media screen and (prefers-color-scheme:dark){
.eg-figure img{filter:invert(1) hue-rotate(180deg);mix-blend-mode:screen}
}
@media (max-width:860px){
.eg-family>summary{grid-template-columns:14px auto minmax(0,1fr)}
.eg-family>summary>:is(b,.eg-went){grid-row:1;grid-column:3}.eg-went{justify-self:end}
.eg-counts,.eg-telling{grid-column:2/-1}
#results-table,#results-table>tbody,#results-table>tbody>tr,#results-table>tbody>tr.extras-row>td{display:block}
#results-table>thead>tr,#results-table>tbody>tr.collapsible{display:flex;flex-wrap:wrap;gap:0 6px}
#results-table>thead>tr>th,#results-table>tbody>tr.collapsible>td{border:0;width:auto}
#results-table>tbody{border-bottom:1px solid var(--eg-line)}#results-table>thead{display:block}
#results-table>tbody>tr.hidden{display:none}
}
@media screen and (max-width:860px){
.eg-checks,.eg-checks tbody{display:block;min-width:0}
.eg-checks thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.eg .eg-checks tr{display:flex;flex-wrap:wrap;gap:0 12px;padding:4px 0;border-bottom:1px solid var(--eg-line)}
.eg .eg-checks td{border:0;padding:1px 0}.eg-checks td:empty{display:none}
.eg-checks td:nth-child(2) code{white-space:normal}
.eg-checks td[data-of]::before{content:attr(data-of) " ";color:var(--eg-muted);font-weight:400}
.eg-checks td:nth-child(2){flex:1 0 75%}
.eg-checks td:last-child{flex:1 0 100%;color:var(--eg-muted)}
}
@media print{
.eg-tests:not([open]){display:none}
details::details-content{content-visibility:visible;display:block;height:auto}
.eg-family>summary::before{content:""}.eg-checks,.eg-checks td:last-child{min-width:0}.eg-scroll{overflow:visible}
.eg-figure,.eg-broken-list li{break-inside:avoid}.eg-verdict,.eg-bars i{print-color-adjust:exact}
.controls,.filter,.logexpander{display:none}
}
"""
STYLE = (
    f"\n:root{{{_LIGHT}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"{_PAGE}{_FIRST_SCREEN}{_FAMILIES}{_MEDIA}"
)
"""Colours are named on `:root`; on paper the light ones hold."""

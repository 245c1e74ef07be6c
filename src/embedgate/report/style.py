"""The style sheet of the gate's part of the report."""

STYLE = """
body{display:flex;flex-direction:column}
#results-table td,.eg-table td,.eg-table caption{color:#26272b}
#environment-header{order:8}#environment{order:9;width:max-content}
.eg{font:14px/1.45 system-ui,sans-serif;color:#1c1c1e;max-width:1180px}
.eg-verdict{display:flex;gap:14px;align-items:baseline;padding:12px 16px;border-radius:6px;margin:8px 0 12px;
color:#fff;background:#555}
.eg-verdict strong{font-size:24px;text-transform:uppercase;letter-spacing:.04em}
.eg-verdict.eg-passed{background:#00694c}.eg-verdict.eg-failed{background:#b3261e}
.eg-verdict.eg-inconclusive,.eg-verdict.eg-partial{background:#8a5a00}
.eg-about{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:4px 22px;margin:0 0 12px}
.eg-about dt{display:inline;color:#5f6368}.eg-about dt,.eg-about dd{margin:0;overflow-wrap:anywhere}
.eg-about dt{font-size:12px}.eg-about dd{font-weight:500;margin-bottom:4px}
.eg-about{grid-auto-flow:row;display:grid;grid-template-columns:max-content 1fr max-content 1fr}
.eg-error,.eg-broken{background:#fdecea;border-left:4px solid #b3261e;padding:8px 12px;overflow-wrap:anywhere}
.eg-broken-list{list-style:none;padding:0;margin:0 0 14px}
.eg-broken-list li{border-left:4px solid #8a5a00;background:#fff6e5;padding:7px 12px;margin:0 0 6px;
overflow-wrap:anywhere}
.eg-broken-list li.eg-failed,.eg-broken-list li.eg-error{border-color:#b3261e;background:#fdecea}
.eg-told{border-left:4px solid #c8c8c8;background:#f6f6f7;padding:6px 12px;margin:0 0 6px;overflow-wrap:anywhere}
.eg-blame{color:#3c4043;font-size:13px;margin-top:3px}.eg-blame q{unicode-bidi:isolate}
.eg code{font:13px ui-monospace,monospace}
.eg table,.eg-table{border-collapse:collapse;width:100%;margin:4px 0 12px}
.eg th,.eg td,.eg-table th,.eg-table td{text-align:left;padding:3px 9px;border:0;border-bottom:1px solid #e4e4e7;
vertical-align:top;overflow-wrap:anywhere;font-size:13px}
.eg th{color:#5f6368;font-weight:500}
.eg td.eg-n,.eg-table .eg-n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.eg-checks td:first-child{white-space:nowrap;font-weight:600}
.eg-checks tr.eg-passed td:first-child{color:#00694c}
.eg-checks tr.eg-failed td:first-child,.eg-checks tr.eg-error td:first-child{color:#b3261e}
.eg-checks tr.eg-warned td:first-child,.eg-checks tr.eg-inconclusive td:first-child{color:#8a5a00}
.eg-figure{margin:10px 0 18px;max-width:1000px}.eg-figure img{max-width:100%;height:auto;border:0;display:block}
.eg-figure figcaption{margin:0 0 6px;font:13px/1.4 system-ui,sans-serif;color:#3c4043}
"""

"""The page of a report: one file that needs no server and no network."""

from __future__ import annotations

MARKER = "__MOCKCLIQ_REPORT__"
"""Where the document comes."""

_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>MockCliq report</title>
<style>body {{ font: 14px sans-serif }} td {{ padding: 2px 8px; vertical-align: top }}</style>
<h1>MockCliq report</h1>
<h2>Tests and worlds</h2>
<table id="runs"></table>
<h2>Calls</h2>
<table id="requests"></table>
<script type="application/json" id="mockcliq-report">{MARKER}</script>
<script>
  const told = JSON.parse(document.getElementById("mockcliq-report").textContent);
  function add(table, cells) {{
    const row = document.getElementById(table).insertRow();
    for (const cell of cells) row.insertCell().textContent = cell ?? "";
  }}
  for (const run of told.runs)
    add("runs", [run.outcome, run.test, run.world, `${{run.failed}} of ${{run.calls}} failed`]);
  for (const call of told.requests)
    add("requests", [call.world, call.time, call.status, `${{call.method}} ${{call.path}}`, call.reason]);
</script>
</html>
"""


def report_page() -> str:
    """The file, with `MARKER` where its document comes."""
    return _PAGE

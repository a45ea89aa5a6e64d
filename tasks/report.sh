#!/usr/bin/env bash
# What all stages wrote -> reports/report.html, a page that needs nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.report "$@"; fi # --help
python -m tasks.report
ls -l reports/report.html reports/curves.* reports/network.*

#!/usr/bin/env bash
# The classical codecs on the test split -> reports/rivals: a rate-distortion curve each.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then exec python -m tasks.rivals "$@"; fi # --help
python -m tasks.rivals
cat reports/rivals/jpeg-xl.csv

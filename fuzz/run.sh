#!/bin/sh
# Runs every fuzz target of build/fuzz for SECONDS (60): a line each, an error if one crashed.
# Seeds are in fuzz/corpus, and fuzz/seeds.py makes more out of the tests; what the runs find is kept
# in build/fuzz/corpus.
#
#   fuzz/run.sh [SECONDS [TARGET…]]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
    for program in build/fuzz/fuzzers/*; do
        [ -x "$program" ] || { echo "error: no fuzz targets in build/fuzz: ./dev fuzz" >&2; exit 2; }
        set -- "$@" "${program##*/}"
    done
fi

python3 fuzz/seeds.py build/fuzz/seeds
failed=0
for name in "$@"; do
    found="build/fuzz/corpus/$name"
    crashes="build/fuzz/crashes/$name"
    log="build/fuzz/$name.log"
    mkdir -p "$found" "$crashes"
    status=0
    "build/fuzz/fuzzers/$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="$crashes/" "$found" "fuzz/corpus/$name" \
        "build/fuzz/seeds/$name" \
        >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" -eq 0 ]; then
        printf '%-20s ok      %10s runs\n' "$name" "${runs:-?}"
        continue
    fi
    failed=1
    artifact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    printf '%-20s FAILED  %10s runs: %s (log: %s)\n' \
        "$name" "${runs:-?}" "${artifact:-no artifact}" "$log"
    grep -m 1 -E 'check failed|ERROR: |runtime error' "$log" | sed 's/^/    /' || true
done
exit "$failed"

#!/bin/sh
# Format, layers, tidiness, clang-tidy: what `./dev lint` runs. Warnings are errors.
set -eu
cd "$(dirname "$0")/.."
python3 tools/check_layers.py
python3 tools/check_tidiness.py
git ls-files '*.h' '*.cc' | xargs clang-format --dry-run -Werror
echo "format holds"

# clang-tidy reads the compile commands of a build directory; of all sources, as CI has no base
# to compare with. LINT_FILES limits it to the files one is working on.
[ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null
files=${LINT_FILES:-$(git ls-files 'src/*.cc' 'apps/*.cc' | grep -v '_test\.cc$')}
# shellcheck disable=SC2086
printf '%s\n' $files | xargs -P "$(nproc)" -n 4 clang-tidy -p build/dev --quiet \
    --extra-arg=-Wno-unknown-warning-option --warnings-as-errors='*' 2>/dev/null
echo "clang-tidy holds"

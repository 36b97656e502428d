#!/usr/bin/env bash
# Builds the console's pages from console/ into the package. A user needs none of this: what it makes is committed.
# With --check: builds anew beside it and compares, so that what is committed is what the sources make.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
into=$root/src/millwright/console/static
cd "$root/console"
npm ci --no-audit --no-fund --silent
npx tsc --noEmit
if [ "${1:-}" = "--check" ]; then
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    npx vite build --logLevel warn --outDir "$made" --emptyOutDir
    diff -r --exclude='*.gz' "$made" "$into" && echo "The committed pages are what the sources make."
    exit
fi
npx vite build --logLevel warn
find "$into/assets" -name '*.js' -o -name '*.css' | while read -r file; do gzip -9 -n -k -f "$file"; done
(cd "$into" && find . -type f | sort | xargs sha256sum)

#!/usr/bin/env bash
# Runs every fuzz target of every module for a short time, one after the other:
# go test fuzzes one target of one package at a time.
#
#	scripts/fuzz.sh [TIME]
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-3s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "== fuzz targets, $time each"

# go test lists the targets of a package, then the package itself on a line
# that starts with "ok".
go test -list '^Fuzz' work >"$log" || { cat "$log"; exit 1; }
targets=$(awk '/^Fuzz/ { names[++n] = $1 }
	$1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' "$log")

# Minimising what is merely interesting would take all of so short a time, hence
# -fuzzminimizetime 1x.
while read -r package target; do
	[ -n "$package" ] || continue
	if go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x "$package" >"$log" 2>&1 </dev/null; then
		echo "ok  	$package	$target	$(grep -o 'execs: [0-9]*' "$log" | tail -1)"
		continue
	fi
	# Before Go 1.27 the end of the time is sometimes reported as a failure of
	# the target (go.dev/issue/75804). A real failure writes its input.
	if grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log"; then
		echo "ok  	$package	$target	(stopped at the end of its time)"
		continue
	fi
	cat "$log"
	# Show the input: on a machine that is thrown away the file is lost.
	input=$(sed -n 's/^ *Failing input written to //p' "$log" | head -1)
	if [ -n "$input" ]; then
		echo "--- $input"
		head -c 4000 "$(go list -f '{{.Dir}}' "$package")/$input"
	fi
	exit 1
done <<<"$targets"

#!/usr/bin/env bash
# Checks the text of every module: format, vet, go fix, staticcheck and the
# requirements. Changes nothing; "make fmt" repairs what can be repaired.
set -euo pipefail
cd "$(dirname "$0")/.."

IFS=$'\n' # paths may have blanks
root=$PWD
modules=$(go list -m -f '{{.Dir}}')

echo '== gofmt'
unformatted=$(gofmt -s -l .)
if [ -n "$unformatted" ]; then
	echo "not formatted (make fmt repairs it):"
	echo "$unformatted"
	exit 1
fi

echo '== go vet'
go vet work

echo '== go fix'
go fix -diff work

# One module at a time and without the workspace: -modfile, which keeps the
# linter's requirements out of the module under test, does not work with it.
echo '== staticcheck'
for module in $modules; do
	(cd "$module" && GOWORK=off go tool -modfile="$root/tools/go.mod" staticcheck ./...)
done

echo '== go mod tidy'
for module in $modules "$root/tools"; do
	(cd "$module" && GOWORK=off go mod tidy -diff)
done

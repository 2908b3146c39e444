# make test is the one test command: everything that must hold before a commit.
# It needs the Go toolchain, make, bash and a C compiler (for the race detector).

# How long each fuzz target runs; make fuzz FUZZTIME=1m looks harder.
FUZZTIME ?= 3s

# How often each benchmark runs.
COUNT ?= 5

.PHONY: test lint race plain alone fuzz bench fmt
.NOTPARALLEL:

# The cheap things first: make stops at the first failure.
test: lint alone race plain fuzz

lint:
	@bash scripts/lint.sh

# The library's own module must build without the workspace, as it does for
# those who import it.
alone:
	@echo '== the library without its workspace'
	GOWORK=off go build ./...
	GOWORK=off go vet ./...
	@echo '== the library on another system, with 32 bits'
	GOWORK=off GOOS=windows GOARCH=386 go vet ./...

# "work" is every package of every module in go.work; "./..." would leave out
# the nested modules without a word.
race:
	@echo '== tests with the race detector'
	go test -race work

# Once more without the race detector, which allocates by itself: tests that
# count allocations and bytes skip under it, and run only here.
plain:
	@echo '== tests without the race detector, with the allocation budgets'
	go test work

fuzz:
	@bash scripts/fuzz.sh $(FUZZTIME)

bench:
	@echo '== benchmarks'
	go test -run '^$$' -bench . -benchmem -count $(COUNT) .

fmt:
	gofmt -s -w .
	go fix work
	for module in $$(go list -m -f '{{.Dir}}') tools; do (cd "$$module" && GOWORK=off go mod tidy) || exit 1; done

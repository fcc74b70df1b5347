SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FUZZTIME     ?= 60s
DIR          ?= testdata/vectors
LINT_VERSION := v2.15.0
LINT         := bin/golangci-lint-$(LINT_VERSION)-$(shell go env GOVERSION)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: deps fmt vet lint build vectors arch test ## Install what the tests need, and run all checks

deps: ## Install git, the C compiler that the race detector needs, and a browser
	@scripts/deps.sh

build: ## Build bin/muster
	go build -o bin/muster ./cmd/muster

fmt: ## Fail if gofmt would change a file
	@files=$$(gofmt -l .); if [[ -n $$files ]]; then printf 'Please run gofmt -w on:\n%s\n' "$$files"; exit 1; fi

vet: ## Compile everything and run go vet
	go build ./...
	go vet ./...

lint: $(LINT) ## Run the linters that .golangci.yml gives reasons for
	$(LINT) run

$(LINT):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $@

test: ## Run the tests under the race detector; with CI=true a skip must stand in test/skips.txt
	@go build -o bin/skipgate ./test/skipgate
	go test -race -json ./... | bin/skipgate -allow test/skips.txt

race: ## Run the tests under the race detector ten times, in a new order each time
	go test -race -count=10 -shuffle=on ./...

arch: ## Check which folder may import which
	go test ./test/arch

vectors: ## Compare our answers with those recorded from the meshes (DIR=folder)
	go run ./test/vectors $(DIR)

generate: ## Bring the registry of rules and their pages up to date
	go generate ./rules

fuzz: ## Run each fuzz target for FUZZTIME (60s)
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {names[++n] = $$1} /^ok/ {for (i = 1; i <= n; i++) print $$2, names[i]; n = 0}' | \
	while read -r pkg name; do \
		echo "$$pkg $$name"; \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$pkg" </dev/null; \
	done

bench: ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-peers: ## Time muster beside istioctl and others on the same files, in turns (builds them first)
	go run ./test/peers -build

# A static build, as released: with cgo, a library that imports "plugin" makes the linker export
# every symbol, which costs 20 MB.
linked: ## Print size and start-up time with every heavy library linked
	@CGO_ENABLED=0 go build -trimpath -o bin/linked ./test/linked
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/linked-stripped ./test/linked
	@bin/linked measure
	@bin/linked-stripped measure

demo: ## Audit the example fleet
	go run ./cmd/muster scan testdata/fleets/shop

clean: ## Remove what was built
	rm -rf bin

.PHONY: help check deps build fmt vet lint test race arch vectors generate fuzz bench bench-peers linked demo clean

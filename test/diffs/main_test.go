// Package diffs proves comparisons of two states of a fleet on all fleets of testdata/fleets: on their planted faults, on the
// mutations of the rules, on states that are written in another way, and against an oracle that looks at every cell.
//
//	go test ./test/diffs        # a part of each table
//	go test ./test/diffs -all   # all of them
package diffs

import (
	"flag"
	"testing"

	"github.com/passmuster/muster/loaders/render/rendertest"
)

var all = flag.Bool("all", false, "prove every entry of the tables, not a part of them")

func TestMain(m *testing.M) {
	if !rendertest.Child() {
		m.Run() // the exit code is the testing package's business
	}
}

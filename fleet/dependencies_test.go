package fleet_test

import (
	"path/filepath"
	"slices"
	"testing"
)

// Equal input gives equal output: who is named as the caller does not hang on the order of a map.
func TestDependenciesAreTheSameEachTime(t *testing.T) {
	var first []string
	for range 6 {
		f, _, _ := audit(t, filepath.Join(fleetsDir, "shop"))
		var now []string
		for _, d := range f.Graph.Dependencies {
			caller := ""
			if d.Caller != nil {
				caller = d.Caller.ID
			}
			now = append(now, caller+" "+string(d.From)+" "+string(d.To))
		}
		if first == nil {
			first = now
		}
		if !slices.Equal(first, now) {
			t.Fatalf("%v\nthen\n%v", first, now)
		}
	}
}

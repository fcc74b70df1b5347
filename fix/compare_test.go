package fix

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// What makes a repair worse than none, cell by cell.
func TestWorseCells(t *testing.T) {
	const s = "shop"
	for _, tc := range []struct {
		name     string
		was, now map[uint64]cell
		want     string
	}{
		{"the same", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, ""},
		{"better", map[uint64]cell{1: {s, failover.Lost, 1, noWay}}, map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, ""},
		{"lost becomes degraded", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{1: {s, failover.Degraded, 0.5, mtls}}, ""},
		{"worse", map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, map[uint64]cell{1: {s, failover.Degraded, 0, mtls}}, "degraded, not survives"},
		{"more fail", map[uint64]cell{1: {s, failover.Degraded, 0.1, mtls}}, map[uint64]cell{1: {s, failover.Degraded, 0.2, mtls}}, "worse"},
		{"a loss becomes unknown", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{1: {s, failover.Unknown, 0, mtls}}, "worse"},
		{"the unknown becomes a loss", map[uint64]cell{1: {s, failover.Unknown, 1, mtls}}, map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, "worse"},
		{"the unknown becomes known", map[uint64]cell{1: {s, failover.Unknown, 0, mtls}}, map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, ""},
		{"plaintext", map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, map[uint64]cell{1: {s, failover.Survives, 0, plaintext}}, "protected less"},
		{"plaintext instead of nothing", map[uint64]cell{1: {s, failover.Lost, 1, noWay}}, map[uint64]cell{1: {s, failover.Survives, 0, plaintext}}, "protected less"},
		{"nobody knows any more", map[uint64]cell{1: {s, failover.Survives, 0, plaintext}}, map[uint64]cell{1: {s, failover.Survives, 0, unsettled}}, "protected less"},
		{"protected better", map[uint64]cell{1: {s, failover.Survives, 0, plaintext}}, map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, ""},
		{"other callers, as many", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{2: {s, failover.Lost, 1, mtls}}, ""},
		{"other callers, one more lost", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{2: {s, failover.Lost, 1, mtls}, 3: {s, failover.Lost, 1, mtls}}, "worse"},
		{"other callers, lost instead of degraded", map[uint64]cell{1: {s, failover.Degraded, 1, mtls}}, map[uint64]cell{2: {s, failover.Lost, 1, mtls}}, "worse"},
		{"other callers, one unknown", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{2: {s, failover.Unknown, 1, mtls}}, "worse"},
		{"other callers, in plaintext", map[uint64]cell{1: {s, failover.Survives, 0, mtls}}, map[uint64]cell{2: {s, failover.Survives, 0, plaintext}}, "protected less"},
		{"other callers of another service", map[uint64]cell{1: {s, failover.Lost, 1, mtls}}, map[uint64]cell{2: {"pay", failover.Lost, 1, mtls}}, "predictions for pay would be worse"},
	} {
		if got := worseCells(tc.was, tc.now); !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

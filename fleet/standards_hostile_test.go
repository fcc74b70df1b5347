package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/fleet"
)

// A pull request of a stranger may hold any number of values and comments; comparing them ends.
func TestStandardsOfHostileFilesEnd(t *testing.T) {
	large := func(values, comments int) string {
		var b strings.Builder
		b.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large, namespace: pay}\ndata:\n")
		for i := range values {
			if i < comments {
				b.WriteString("  # muster:ignore DR103\n")
			}
			fmt.Fprintf(&b, "  k%d: v\n", i)
		}
		return b.String()
	}
	for name, text := range map[string]string{"many values": large(19_000, 90), "more than are told apart": large(60_000, 90),
		"a long list": "apiVersion: v1\nkind: X\nmetadata: {name: l}\n# muster:ignore DR103\nlist:\n" + strings.Repeat("- a\n", 19_000),
		"deep":        "apiVersion: v1\nkind: X\nmetadata: {name: l}\n# muster:ignore DR103\nlist: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n"} {
		t.Run(name, func(t *testing.T) {
			base := loadEdited(t, "", append(small[:len(small):len(small)], edit{file: "east/large.yaml", new: text}))
			if got := fleet.Changes(base, base); len(got) > 0 {
				t.Errorf("a fleet differs from itself: %q", toldOf(got)[:1])
			}
		})
	}
}

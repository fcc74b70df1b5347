package textdiff

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for name, tc := range map[string]struct {
		old, now string
		most     int
		want     string
	}{
		"equal":          {"a\nb\n", "a\nb\n", 10, " a b"},
		"one replaced":   {"a\nb\nc\n", "a\nx\nc\n", 10, " a-b+x c"},
		"one added":      {"a\nc\n", "a\nb\nc\n", 10, " a+b c"},
		"from nothing":   {"", "a\nb\n", 10, "+a+b"},
		"to nothing":     {"a\n", "", 10, "-a"},
		"two places":     {"a\nb\nc\nd\n", "x\nb\nc\ny\n", 10, "-a+x b c-d+y"},
		"over the limit": {"a\nb\nc\nd\n", "x\nb\nc\ny\n", 3, "-a-b-c-d+x+b+c+y"},
	} {
		var got strings.Builder
		for _, l := range Lines([]byte(tc.old), []byte(tc.now), tc.most) {
			got.WriteByte(l.Kind)
			got.WriteString(strings.TrimSuffix(l.Text, "\n"))
			if l.Kind != '+' && strings.Split(tc.old, "\n")[l.Old]+"\n" != l.Text || l.Kind != '-' && strings.Split(tc.now, "\n")[l.Now]+"\n" != l.Text {
				t.Errorf("%s: %q is not at %d, %d", name, l.Text, l.Old, l.Now)
			}
		}
		if got.String() != tc.want {
			t.Errorf("%s: got %q, want %q", name, got.String(), tc.want)
		}
	}
}

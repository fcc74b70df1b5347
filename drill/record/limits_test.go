package record

import (
	"bytes"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	w := write(t, &bytes.Buffer{}, "p1")
	long := sample(1)
	long.Detail = strings.Repeat("x", MaxText+1)
	if err := w.Sample(long); err == nil {
		t.Error("a long text was written")
	}
	escape := sample(1)
	escape.Dest.Region = "eu\x1b[31m"
	if err := w.Sample(escape); err == nil {
		t.Error("an escape sequence was written")
	}
	backwards := sample(1)
	backwards.End = backwards.Sched
	if err := w.Sample(backwards); err == nil {
		t.Error("a request that ended before it was sent was written")
	}
	check(t, w.Sample(sample(1))) // what is refused leaves no hole
	if _, err := Read(strings.NewReader(strings.Repeat("x", MaxLine+2) + "\n")); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("a long line: %v", err)
	}
	for _, text := range []string{"1e3", "1.0000001", "2678400001", "-", "+1", `"1"`, ".", "0x1"} {
		var m Millis
		if err := m.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s was read as %v", text, m.Duration())
		}
	}
}

func TestClip(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"plain", 80, "plain"}, {"a\x1b[31mb", 80, "a\uFFFD[31mb"}, {"line\nline", 80, "line\uFFFDline"}, {"ééé", 5, "éé"}, {"\xff", 8, "\uFFFD"},
	} {
		if got := Clip(tc.in, tc.n); got != tc.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

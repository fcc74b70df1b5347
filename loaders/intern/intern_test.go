package intern

import (
	"strconv"
	"strings"
	"testing"
)

// However many strings go through a table, each is what its bytes say.
func TestStringsAreWhatTheirBytesSay(t *testing.T) {
	var s Strings
	for range 2 {
		for i := range 5000 {
			want := strconv.Itoa(i)
			if got := s.Of([]byte(want)); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		for _, want := range []string{"", strings.Repeat("x", longest), strings.Repeat("x", longest+1)} {
			if got := s.Of([]byte(want)); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	}
}

// A string does not change with the bytes that it was made of, and a known one costs no memory.
func TestStringsAreMadeOnce(t *testing.T) {
	var s Strings
	b := []byte("app")
	first := s.Of(b)
	b[0] = 'A'
	if first != "app" || s.Of(b) != "App" {
		t.Errorf("%q, %q", first, s.Of(b))
	}
	if n := testing.AllocsPerRun(100, func() { s.Of(b) }); n != 0 {
		t.Errorf("%v allocations for a string that is known", n)
	}
}

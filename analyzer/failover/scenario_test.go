package failover

import (
	"strings"
	"testing"
)

func TestParseScenario(t *testing.T) {
	for _, tc := range []struct{ in, want, err string }{
		{"none", "none", ""},
		{"region=us-east-1", "region=us-east-1", ""},
		{"region=b+region=a", "region=a+region=b", ""},
		{"region=a+region=a", "region=a", ""},
		{"cluster=x+zone=us-east-1/us-east-1a", "zone=us-east-1/us-east-1a+cluster=x", ""},
		{"service=prod/prod/pay/pay%2Bx%3D1.svc", "service=prod/prod/pay/pay%2Bx%3D1.svc", ""},
		{"release=pay@v2", "release=pay@v2", ""},
		{"zone=us-east-1a", "", "with its region"},
		{"release=pay", "", "SERVICE@"},
		{"regoin=x", "", "unknown target"},
		{"region=", "", "target=value"},
		{"region", "", "target=value"},
		{"", "", "target=value"},
		{"region=a=b", "", "target=value"},
		{"region=a%20b", "", "escapes"},
		{"none+region=a", "", "target=value"},
	} {
		s, err := ParseScenario(tc.in)
		switch {
		case tc.err == "" && err != nil:
			t.Errorf("%q: %v", tc.in, err)
		case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("%q: got %v, want an error with %q", tc.in, err, tc.err)
		case tc.err == "" && s.String() != tc.want:
			t.Errorf("%q: got %q, want %q", tc.in, s, tc.want)
		}
	}
}

func FuzzParseScenario(f *testing.F) {
	for _, s := range []string{"none", "region=a+zone=a/b", "service=x%2By%25", "release=a@b", "=", "+", "region=%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScenario(text)
		if err != nil {
			return
		}
		canonical := s.String()
		again, err := ParseScenario(canonical)
		if err != nil {
			t.Fatalf("%q renders as %q, which does not parse: %v", text, canonical, err)
		}
		if again.String() != canonical {
			t.Fatalf("%q: %q reads back as %q", text, canonical, again)
		}
		if strings.Contains(canonical, "|") {
			t.Fatalf("%q: %q would break a cell id", text, canonical)
		}
	})
}

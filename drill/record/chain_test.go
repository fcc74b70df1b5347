package record

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTheLineThatWasChangedIsNamed(t *testing.T) {
	lines := bytes.SplitAfter(whole(t), []byte("\n"))
	lines = lines[:len(lines)-1]
	for n := range lines {
		for _, old := range []string{`"eu-north"`, `"ok":true`, `"code":503`, `"late_ms":0.2503`, `"by":"nft"`, `"at_ms":71.5`, `"n":3`, `"bound_ms":2`, `"done"`, `"samples":10`, `"prev":"sha256:`} {
			if !bytes.Contains(lines[n], []byte(old)) {
				continue
			}
			fresh := old[:len(old)-1] + "9"
			switch {
			case strings.HasSuffix(old, `"`):
				fresh = old[:len(old)-1] + `0"`
			case old == `"ok":true`:
				fresh = `"ok":fals`
			case strings.HasPrefix(old, `"prev"`):
				// Another hash of the right form.
				i := bytes.Index(lines[n], []byte(old)) + len(old)
				digit := byte('0')
				if lines[n][i] == digit {
					digit = '1'
				}
				old, fresh = string(lines[n][i-len(old):i+1]), old+string(digit)
			}
			if old == fresh {
				t.Fatalf("%s does not change", old)
			}
			changed := bytes.Join(lines[:n], nil)
			changed = append(changed, bytes.Replace(lines[n], []byte(old), []byte(fresh), 1)...)
			changed = append(changed, bytes.Join(lines[n+1:], nil)...)
			_, err := Read(bytes.NewReader(changed))
			if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("line %d:", n+1)) {
				t.Errorf("line %d, %s -> %s: %v", n+1, old, fresh, err)
			}
			var samples []Sample
			drops := 0
			r, err := Scan(bytes.NewReader(changed), func(s *Sample) error { samples = append(samples, *s); return nil }, func(*Drop) error { drops++; return nil })
			if err == nil || (r == nil) != (n == 0) || r != nil && r.Complete() {
				t.Errorf("line %d, %s -> %s: %+v, %v", n+1, old, fresh, r, err)
			}
			if len(samples)+drops < min(n-3, 8) {
				t.Errorf("line %d: only %d samples before it", n+1, len(samples))
			}
			for _, s := range samples {
				if s.Line > int64(n) {
					t.Errorf("line %d, %s -> %s: line %d counts", n+1, old, fresh, s.Line)
				}
			}
		}
	}
}

func TestLinesThatWereMovedAreFound(t *testing.T) {
	lines := strings.SplitAfter(string(whole(t)), "\n")
	lines = lines[:len(lines)-1]
	for name, tc := range map[string]struct {
		text []string
		line int
	}{
		"removed":               {append(append([]string{}, lines[:5]...), lines[6:]...), 6},
		"written twice":         {append(append([]string{}, lines[:5]...), lines[4:]...), 6},
		"swapped":               {append(append([]string{}, lines[:5]...), append([]string{lines[6], lines[5]}, lines[7:]...)...), 6},
		"no header":             {lines[1:], 1},
		"after the footer":      {append(append([]string{}, lines...), lines[3]), 18},
		"torn after the footer": {append(append([]string{}, lines...), "{"), 18},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(strings.Join(tc.text, "")))
			broken, ok := errors.AsType[*ChainError](err)
			if !ok || broken.Line != tc.line {
				t.Errorf("got %v, want a break at line %d", err, tc.line)
			}
		})
	}
}

func TestLinesAreNumbered(t *testing.T) {
	// A chain whose hashes are right, and one of whose numbers is not.
	h := header("p1")
	h.APIVersion, h.Kind = APIVersion, Kind
	first, err := encode(&h, 0, hash{})
	check(t, err)
	s := sample(0)
	for seq, ok := range map[int64]bool{1: true, 2: false, 0: false, -1: false} {
		second, err := encode(&s, seq, hash{}.next(first))
		check(t, err)
		_, err = Read(strings.NewReader(string(first) + "\n" + string(second) + "\n"))
		if broken, _ := errors.AsType[*ChainError](err); (err == nil) != ok || !ok && broken.Line != 2 {
			t.Errorf("seq %d: %v", seq, err)
		}
	}
}

package imports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// lineOfJSON makes a random object: members that are wanted and others, values of all kinds, escapes, and now and then a mistake.
func lineOfJSON(r *rand.Rand) []byte {
	var b bytes.Buffer
	randomObject(r, &b, 4)
	text := b.Bytes()
	for range r.IntN(3) * r.IntN(2) {
		i := r.IntN(len(text))
		switch r.IntN(4) {
		case 0:
			text[i] = byte(r.IntN(256))
		case 1:
			text = append(text[:i], text[i+1:]...)
		case 2:
			text = append(text, " \t}{,x"[r.IntN(6)])
		default:
			text[i] = `"\{}[],:0-e.tfn`[r.IntN(15)]
		}
		if len(text) == 0 {
			break
		}
	}
	return text
}

func randomObject(r *rand.Rand, b *bytes.Buffer, depth int) {
	b.WriteByte('{')
	for i := range r.IntN(6) {
		if i > 0 {
			b.WriteByte(',')
		}
		if r.IntN(8) == 0 {
			b.WriteString(" \t\r\n"[:r.IntN(4)])
		}
		name := []string{`"start_time"`, `"duration"`, `"method"`, `"other"`, `"dur\u0061tion"`, `"\ud83d\ude00"`, `""`}[r.IntN(7)]
		b.WriteString(name + ":")
		randomValue(r, b, depth-1)
	}
	b.WriteByte('}')
}

func randomValue(r *rand.Rand, b *bytes.Buffer, depth int) {
	switch n := r.IntN(9); {
	case n == 0 && depth > 0:
		randomObject(r, b, depth)
	case n == 1 && depth > 0:
		b.WriteByte('[')
		for i := range r.IntN(4) {
			if i > 0 {
				b.WriteString(", ")
			}
			randomValue(r, b, depth-1)
		}
		b.WriteByte(']')
	case n == 2:
		b.WriteString([]string{"true", "false", "null", "nul", "True"}[r.IntN(5)])
	case n < 6:
		b.WriteString([]string{"0", "-0", "12", "-3.25", "1e9", "2E-3", "01", "1.", ".5", "-", "1e", "9999999999999999999", "0.1e+7"}[r.IntN(13)])
	default:
		b.WriteByte('"')
		for range r.IntN(6) {
			b.WriteString([]string{"a", "/pay?x=1", `\n`, `\"`, `\\`, `\/`, `\u00e9`, `\ud83d\ude00`, `\ud83d`, `\udc00x`, "é", "\xff", "\xed\xa0\x80", `\x`, `\u12g4`, "\x01", " "}[r.IntN(17)])
		}
		b.WriteByte('"')
	}
}

// The scanner takes what encoding/json takes, and reads the same.
func TestScannerReadsAsEncodingJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(20261120, 3))
	k, values := newKeys([]string{"start_time"}, []string{"duration"}, []string{"method"}), make([]value, 3)
	accepted := 0
	for range 300_000 {
		line := lineOfJSON(r)
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(line, &want)
		err := k.object(line, values)
		if (err == nil) != (wantErr == nil && want != nil) {
			t.Fatalf("%q: %v, encoding/json says %v", line, err, wantErr)
		}
		if err != nil {
			continue
		}
		accepted++
		for i, name := range k.name {
			sameValue(t, line, values[i], want[name])
		}
	}
	if accepted < 50_000 || accepted > 250_000 {
		t.Errorf("%d of the lines are valid: the comparison proves little", accepted)
	}
}

func sameValue(t *testing.T, line []byte, got value, want json.RawMessage) {
	t.Helper()
	if len(want) == 0 {
		if got.kind != 0 {
			t.Fatalf("%q: %q is not in it", line, got.raw)
		}
		return
	}
	switch want[0] {
	case '"':
		var text string
		if err := json.Unmarshal(want, &text); err != nil || got.kind != '"' || got.string() != text {
			t.Fatalf("%q: %q, want %q (%v)", line, got.string(), text, err)
		}
	case 't', 'f', 'n':
		if got.kind != want[0] {
			t.Fatalf("%q: %c, want %s", line, got.kind, want)
		}
	case '{', '[':
		if got.kind != want[0] || !bytes.Equal(got.raw, want) {
			t.Fatalf("%q: %q, want %q", line, got.raw, want)
		}
	default:
		if got.kind != '0' || string(got.raw) != string(want) {
			t.Fatalf("%q: %q, want %q", line, got.raw, want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	k, values := newKeys([]string{"a"}), make([]value, 1)
	for depth, want := range map[int]bool{1: true, maxDepth: true, maxDepth + 1: false, 30_000: false} {
		line := `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
		if err := k.object([]byte(line), values); (err == nil) != want {
			t.Errorf("%d levels: %v", depth, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "12": "12", "999": "999", "1000": "no", "-1": "no", "1.9": "1", "1e2": "100", "": "no", "-": "no", "0x10": "no", "1_0": "no", "NaN": "no", "Inf": "no",
		"99999999999999999999": "no", "503": "503",
	} {
		got := "no"
		if n, ok := integer([]byte(text), 999); ok {
			got = fmt.Sprint(n)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	var c clock
	for text, want := range map[string]string{
		"2026-11-20T09:00:31.020Z":         "2026-11-20T09:00:31.02Z",
		"2026-11-20T09:00:31Z":             "2026-11-20T09:00:31Z",
		"2026-11-20T09:00:31.123456789Z":   "2026-11-20T09:00:31.123456789Z",
		"2026-11-20T09:00:31.1234567899Z":  "2026-11-20T09:00:31.123456789Z",
		"2026-11-20T09:00:31+02:00":        "2026-11-20T07:00:31Z",
		"2026-11-20T09:00:31.5-0130":       "2026-11-20T10:30:31.5Z",
		"2026-02-30T09:00:31Z":             "",
		"2026-11-20T24:00:31Z":             "",
		"2026-11-20T09:60:31Z":             "",
		"2026-11-20T09:00:31":              "",
		"2026-11-20T09:00:31.Z":            "",
		"2026-11-20T09:00:31.5":            "",
		"2026-11-20T09:00:31+99:00":        "",
		"1969-11-20T09:00:31Z":             "",
		"2026-11-20T09:00:3xZ":             "",
		"":                                 "",
		"yesterday, more or less at nine.": "",
	} {
		got, ok := c.read([]byte(text))
		if ok != (want != "") || ok && !got.Equal(at(t, want)) {
			t.Errorf("%q: %s %t, want %s", text, got, ok, want)
		}
	}
}

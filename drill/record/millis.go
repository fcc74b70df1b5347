package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Millis is a duration that is written as decimal milliseconds, exact to the nanosecond: 30040.000125.
type Millis time.Duration

// Duration is the same as a time.Duration.
func (m Millis) Duration() time.Duration { return time.Duration(m) }

// MarshalJSON writes as many decimals as there are, none for whole milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) {
	n, b := int64(m), make([]byte, 0, 20)
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendInt(b, n/1e6, 10)
	if rest := n % 1e6; rest != 0 {
		digits := strconv.FormatInt(1e6+rest, 10)[1:]
		b = append(append(b, '.'), strings.TrimRight(digits, "0")...)
	}
	return b, nil
}

// UnmarshalJSON reads a plain decimal number of at most six decimals, no larger than a file may span.
func (m *Millis) UnmarshalJSON(b []byte) error {
	text, negative := strings.CutPrefix(string(b), "-")
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > maxMillis || len(part) > 6 || !digits(whole) || !digits(part) {
		return fmt.Errorf("%s is no number of milliseconds (plain decimal, at most %d, six decimals)", b, maxMillis)
	}
	nanos, err := strconv.ParseInt((part + "000000")[:6], 10, 64)
	if err != nil {
		return err
	}
	if n = n*1e6 + nanos; negative {
		n = -n
	}
	*m = Millis(n)
	return nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

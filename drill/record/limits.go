package record

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what a reader takes. Files come from other hosts, and are hostile until read.
const (
	// MaxLine is the longest line in bytes, without its end.
	MaxLine = 16 << 10
	// MaxLines bounds a file: an hour of 1,000 requests a second, half a day of 100.
	MaxLines = 4_000_000
	// MaxText is the longest text member in bytes.
	MaxText = 1024

	maxMillis = int64(31 * 24 * time.Hour / time.Millisecond)
	maxNames  = 16 // DNS names of a certificate
)

// Clip makes a text from elsewhere fit to be recorded and shown: valid, without control characters, and
// of at most n bytes.
func Clip(s string, n int) string {
	if len(s) > 4*n {
		s = s[:4*n]
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// texts finds a text that is longer than MaxText, or that a terminal would obey.
func texts(fields ...string) error {
	for _, s := range fields {
		switch {
		case len(s) > MaxText:
			return fmt.Errorf("a text of %d bytes; %d are allowed", len(s), MaxText)
		case Clip(s, MaxText) != s:
			return fmt.Errorf("a text with characters that cannot be shown: %q", Clip(s, 80))
		}
	}
	return nil
}

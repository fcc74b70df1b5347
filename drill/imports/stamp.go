package imports

import (
	"strings"
	"time"
)

// clock reads times as RFC 3339 writes them. Lines of a file share their day, which is worked out once.
type clock struct {
	day  [10]byte
	unix int64 // of the day's begin
}

// read is the time of a text such as 2026-11-20T09:00:31.020Z; false = it is none, or lies before 1970 or after 2200.
func (c *clock) read(b []byte) (time.Time, bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || (b[10] != 'T' && b[10] != 't' && b[10] != ' ') || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	if string(b[:10]) != string(c.day[:]) {
		day, err := time.Parse(time.DateOnly, string(b[:10]))
		if err != nil || day.Year() < 1970 || day.Year() > 2200 {
			return time.Time{}, false
		}
		copy(c.day[:], b[:10])
		c.unix = day.Unix()
	}
	h, hok := two(b[11:])
	m, mok := two(b[14:])
	s, sok := two(b[17:])
	if !hok || !mok || !sok || h > 23 || m > 59 || s > 59 {
		return time.Time{}, false
	}
	nanos, rest := int64(0), b[19:]
	if rest[0] == '.' || rest[0] == ',' {
		scale, i := int64(1e9), 1
		for ; i < len(rest) && digit(rest[i]); i++ {
			if scale > 1 {
				scale /= 10
				nanos += int64(rest[i]-'0') * scale
			}
		}
		if i == 1 {
			return time.Time{}, false
		}
		rest = rest[i:]
	}
	offset, ok := zone(rest)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(c.unix+int64(h*3600+m*60+s)-offset, nanos).UTC(), true
}

// zone is the offset of Z, +hh:mm, +hhmm or +hh from UTC, in seconds.
func zone(b []byte) (int64, bool) {
	if len(b) == 1 && (b[0] == 'Z' || b[0] == 'z') {
		return 0, true
	}
	if len(b) < 3 || (b[0] != '+' && b[0] != '-') {
		return 0, false
	}
	h, ok := two(b[1:])
	if !ok || h > 23 {
		return 0, false
	}
	m := 0
	if rest := b[3:]; len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if m, ok = two(rest); !ok || len(rest) != 2 || m > 59 {
			return 0, false
		}
	}
	seconds := int64(h*3600 + m*60)
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// when reads the times of journals: as clock does, and without an offset as UTC, which is told by utc = false.
func when(text string) (at time.Time, utc, ok bool) {
	var c clock
	text = strings.TrimSpace(text)
	if at, ok = c.read([]byte(text)); ok {
		return at, true, true
	}
	at, ok = c.read([]byte(text + "Z"))
	return at, false, ok
}

func two(b []byte) (int, bool) {
	if len(b) < 2 || !digit(b[0]) || !digit(b[1]) {
		return 0, false
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

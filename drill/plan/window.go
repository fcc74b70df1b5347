package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Window is a part of each week, or of each day, in minutes of local time; it may reach over the end of the week or day.
type Window struct {
	from, to int
	daily    bool
}

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseWindow reads "Fri 15:00-Mon 08:00", "Wed 09:00-17:00" and, of every day, "22:00-06:00".
func ParseWindow(text string) (Window, error) {
	bad := fmt.Errorf("%q is no window: want Fri 15:00-Mon 08:00, Wed 09:00-17:00 or 22:00-06:00", text)
	left, right, ok := strings.Cut(text, "-")
	if !ok {
		return Window{}, bad
	}
	from, fromDay, ok1 := moment(left)
	to, toDay, ok2 := moment(right)
	w := Window{from: from, to: to, daily: fromDay < 0}
	switch {
	case !ok1 || !ok2 || fromDay < 0 && toDay >= 0:
		return w, bad
	case w.daily:
	case toDay < 0:
		w.from, w.to = from+fromDay*dayMinutes, to+fromDay*dayMinutes
		if w.to < w.from {
			w.to += dayMinutes // until the morning after
		}
	default:
		w.from, w.to = from+fromDay*dayMinutes, to+toDay*dayMinutes
	}
	return w, nil
}

// moment reads "Fri 15:00" or "15:00", which has day -1.
func moment(text string) (minute, day int, ok bool) {
	fields := strings.Fields(text)
	day = -1
	if len(fields) == 2 {
		day = slices.IndexFunc(weekdays, func(d string) bool { return strings.EqualFold(d, fields[0]) })
		if day < 0 {
			return 0, 0, false
		}
		fields = fields[1:]
	}
	if len(fields) != 1 {
		return 0, 0, false
	}
	h, m, _ := strings.Cut(fields[0], ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil || len(h) != 2 || len(m) != 2 || hour < 0 || minute < 0 || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, 0, false
	}
	return hour*60 + minute, day, true
}

// Contains reports whether a moment is in the window; the moment's own time zone counts.
func (w Window) Contains(local time.Time) bool {
	at, length := local.Hour()*60+local.Minute(), dayMinutes
	if !w.daily {
		at, length = at+int(local.Weekday())*dayMinutes, weekMinutes
	}
	span := mod(w.to-w.from, length)
	if span == 0 { // from a moment to the same one
		span = length
	}
	return mod(at-w.from, length) < span
}

func mod(a, n int) int { return (a%n + n) % n }

package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is a part of every week.
type Window struct{ from, to int } // minutes since Monday 00:00; to is not in it, and may be smaller than from

const (
	minutesOfDay  = 24 * 60
	minutesOfWeek = 7 * minutesOfDay
)

var weekdays = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// ParseWindow reads "Fri 15:00-Mon 08:00".
func ParseWindow(text string) (Window, error) {
	from, to, ok := strings.Cut(text, "-")
	var w Window
	var err error
	if ok {
		if w.from, err = minuteOfWeek(from); err == nil {
			w.to, err = minuteOfWeek(to)
		}
	}
	if !ok || err != nil || w.from == w.to {
		return Window{}, fmt.Errorf("%q is no window of the week, want one such as \"Fri 15:00-Mon 08:00\"", text)
	}
	return w, nil
}

func minuteOfWeek(text string) (int, error) {
	day, clock, _ := strings.Cut(strings.TrimSpace(text), " ")
	i := slices.Index(weekdays, day)
	at, err := time.Parse("15:04", clock)
	if i < 0 || err != nil {
		return 0, fmt.Errorf("%q is no day and time", text)
	}
	return i*minutesOfDay + at.Hour()*60 + at.Minute(), nil
}

// Contains reports whether a moment is in the window; the moment's own time zone counts.
func (w Window) Contains(t time.Time) bool {
	minute := (int(t.Weekday())+6)%7*minutesOfDay + t.Hour()*60 + t.Minute()
	if w.from < w.to {
		return minute >= w.from && minute < w.to
	}
	return minute >= w.from || minute < w.to%minutesOfWeek
}

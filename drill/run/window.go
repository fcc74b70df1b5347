package run

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// window is a part of each week, or of each day, in minutes of local time; it may reach over the end of the week or day.
type window struct {
	text     string
	from, to int
	daily    bool
}

const (
	dayMinutes  = 24 * 60
	weekMinutes = 7 * dayMinutes
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseWindow reads "Fri 15:00-Mon 08:00", "Wed 09:00-17:00" and, of every day, "22:00-06:00".
func parseWindow(text string) (window, error) {
	bad := fmt.Errorf("blocked window %q: want Fri 15:00-Mon 08:00, Wed 09:00-17:00 or 22:00-06:00", text)
	left, right, ok := strings.Cut(text, "-")
	if !ok {
		return window{}, bad
	}
	from, fromDay, ok1 := moment(left)
	to, toDay, ok2 := moment(right)
	w := window{text: text, from: from, to: to, daily: fromDay < 0}
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

func (w window) holds(local time.Time) bool {
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

// blocked says why a drill that begins now and takes so long may not: the first window or date that it would touch; "" = none.
func blocked(s *plan.Safety, begin time.Time, length time.Duration) (string, error) {
	zone, err := time.LoadLocation(cmp.Or(s.Timezone, "UTC"))
	if err != nil {
		return "", fmt.Errorf("safety.timezone: %w", err)
	}
	var windows []window
	for _, text := range s.BlockedWindows {
		w, err := parseWindow(text)
		if err != nil {
			return "", err
		}
		windows = append(windows, w)
	}
	for _, date := range s.BlockedDates {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return "", fmt.Errorf("blocked date %q: want 2026-12-24", date)
		}
	}
	// Minute by minute, as clocks on walls go: a day may have 23 or 25 hours.
	for at := begin; ; at = at.Add(time.Minute) {
		last := !at.Before(begin.Add(length))
		if last {
			at = begin.Add(length)
		}
		local := at.In(zone)
		when := "now"
		if at.After(begin) {
			when = "at " + local.Format("15:04 MST") + ", before the drill would be over"
		}
		for _, w := range windows {
			if w.holds(local) {
				return fmt.Sprintf("blocked window %q (%s) holds %s", w.text, zone, when), nil
			}
		}
		if date := local.Format(time.DateOnly); slices.Contains(s.BlockedDates, date) {
			return fmt.Sprintf("%s is a blocked date (%s), and it is %s", date, zone, when), nil
		}
		if last || at.Sub(begin) > 31*24*time.Hour {
			return "", nil
		}
	}
}

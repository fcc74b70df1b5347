package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// blocked says why a drill that begins now and takes so long may not: the first window or date that it would touch; "" = none.
func blocked(s *plan.Safety, begin time.Time, length time.Duration) (string, error) {
	zone, err := time.LoadLocation(cmp.Or(s.Timezone, "UTC"))
	if err != nil {
		return "", fmt.Errorf("safety.timezone: %w", err)
	}
	var windows []plan.Window
	for _, text := range s.BlockedWindows {
		w, err := plan.ParseWindow(text)
		if err != nil {
			return "", fmt.Errorf("blocked window: %w", err)
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
		for i, w := range windows {
			if w.Contains(local) {
				return fmt.Sprintf("blocked window %q (%s) holds %s", s.BlockedWindows[i], zone, when), nil
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

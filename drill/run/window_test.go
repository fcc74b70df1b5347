package run

import (
	"testing"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

func TestBlockedWindowsAndDates(t *testing.T) {
	weekend := []string{"Fri 15:00-Mon 08:00"}
	for _, tc := range []struct {
		name    string
		windows []string
		dates   []string
		zone    string
		at      string // UTC
		length  time.Duration
		want    string
	}{
		{"a Thursday", weekend, nil, "", "2026-11-19T16:00:00Z", time.Hour, ""},
		{"just before", weekend, nil, "", "2026-11-20T13:59:00Z", time.Hour, ""},
		{"it would reach into it", weekend, nil, "", "2026-11-20T14:30:00Z", time.Hour, `blocked window "Fri 15:00-Mon 08:00" (UTC) holds at 15:00 UTC, before the drill would be over`},
		{"Friday", weekend, nil, "", "2026-11-20T15:00:00Z", 0, `blocked window "Fri 15:00-Mon 08:00" (UTC) holds now`},
		{"Sunday, over the end of the week", weekend, nil, "", "2026-11-22T23:59:00Z", 0, `blocked window "Fri 15:00-Mon 08:00" (UTC) holds now`},
		{"Monday morning", weekend, nil, "", "2026-11-23T07:59:00Z", 0, `blocked window "Fri 15:00-Mon 08:00" (UTC) holds now`},
		{"Monday at eight", weekend, nil, "", "2026-11-23T08:00:00Z", time.Hour, ""},
		{"at eight elsewhere", weekend, nil, "Europe/Berlin", "2026-11-23T07:00:00Z", time.Hour, ""},
		{"before eight elsewhere", weekend, nil, "America/New_York", "2026-11-23T08:00:00Z", 0, `blocked window "Fri 15:00-Mon 08:00" (America/New_York) holds now`},
		{"one day's window", []string{"wed 09:00-17:00"}, nil, "", "2026-11-18T16:59:00Z", 0, `blocked window "wed 09:00-17:00" (UTC) holds now`},
		{"after it", []string{"wed 09:00-17:00"}, nil, "", "2026-11-18T17:00:00Z", time.Hour, ""},
		{"its hours on another day", []string{"wed 09:00-17:00"}, nil, "", "2026-11-19T10:00:00Z", time.Hour, ""},
		{"of one night", []string{"Sat 22:00-06:00"}, nil, "", "2026-11-22T05:00:00Z", 0, `blocked window "Sat 22:00-06:00" (UTC) holds now`},
		{"of every night", []string{"22:00-06:00"}, nil, "", "2026-11-19T23:00:00Z", 0, `blocked window "22:00-06:00" (UTC) holds now`},
		{"of every night, in the morning", []string{"22:00-06:00"}, nil, "", "2026-11-19T05:59:00Z", 0, `blocked window "22:00-06:00" (UTC) holds now`},
		{"by day", []string{"22:00-06:00"}, nil, "", "2026-11-19T06:00:00Z", time.Hour, ""},
		{"a whole day", []string{"Thu 00:00-24:00"}, nil, "", "2026-11-19T12:00:00Z", 0, `blocked window "Thu 00:00-24:00" (UTC) holds now`},
		{"the day after", []string{"Thu 00:00-24:00"}, nil, "", "2026-11-20T00:00:00Z", 0, ""},
		{"a date", nil, []string{"2026-12-24"}, "", "2026-12-24T00:00:00Z", 0, "2026-12-24 is a blocked date (UTC), and it is now"},
		{"a date elsewhere", nil, []string{"2026-12-24"}, "Asia/Tokyo", "2026-12-23T15:00:00Z", 0, "2026-12-24 is a blocked date (Asia/Tokyo), and it is now"},
		{"the eve", nil, []string{"2026-12-24"}, "", "2026-12-23T23:30:00Z", 20 * time.Minute, ""},
		{"over midnight", nil, []string{"2026-12-24"}, "", "2026-12-23T23:30:00Z", time.Hour, "2026-12-24 is a blocked date (UTC), and it is at 00:00 UTC, before the drill would be over"},
		// In the night when Berlin's clocks go from 2 to 3, there is no 02:30.
		{"an hour that is left out", []string{"02:00-03:00"}, nil, "Europe/Berlin", "2026-03-29T00:30:00Z", time.Hour, ""},
		{"an hour that comes twice", []string{"02:00-03:00"}, nil, "Europe/Berlin", "2026-10-25T01:30:00Z", 0, `blocked window "02:00-03:00" (Europe/Berlin) holds now`},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		must(t, err)
		got, err := blocked(&plan.Safety{BlockedWindows: tc.windows, BlockedDates: tc.dates, Timezone: tc.zone}, at, tc.length)
		if err != nil || got != tc.want {
			t.Errorf("%s: %q, %v; want %q", tc.name, got, err, tc.want)
		}
	}
}

func TestWindowsThatNobodyUnderstandsBlock(t *testing.T) {
	for _, s := range []plan.Safety{
		{BlockedWindows: []string{"Friday 15:00-Mon 08:00"}}, {BlockedWindows: []string{"Fri 15:00"}}, {BlockedWindows: []string{"Fri 25:00-Mon 08:00"}},
		{BlockedWindows: []string{"15:00-Mon 08:00"}}, {BlockedWindows: []string{"Fri 3pm-5pm"}}, {BlockedWindows: []string{""}},
		{BlockedWindows: []string{"Fri 15:60-16:00"}}, {BlockedDates: []string{"24.12.2026"}}, {Timezone: "Europe/Nowhere"},
	} {
		if _, err := blocked(&s, time.Now(), 0); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}

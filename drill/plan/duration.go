package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is one that is written as text: 30s, 5m, and for what people count in days, 90d and 7y (365 days each).
type Duration time.Duration

// Std is the duration of the standard library.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration in the largest of days, or as the standard library does without its zeros: 90d, 5m, 1m30s.
func (d Duration) String() string {
	const day = 24 * time.Hour
	if v := time.Duration(d); v != 0 && v%day == 0 {
		return strconv.FormatInt(int64(v/day), 10) + "d"
	}
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// ParseDuration reads what String writes. Negative durations are an error.
func ParseDuration(text string) (Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "y": 365 * 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is no number of days or years", text)
		}
		if time.Duration(n) > (1<<63-1)/length {
			return 0, fmt.Errorf("%q is too long", text)
		}
		return Duration(time.Duration(n) * length), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration, as 30s, 5m or 90d are", text)
	}
	return Duration(d), nil
}

// MarshalJSON writes the text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalText reads the text.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// UnmarshalJSON reads the text.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("%s is no duration, as \"30s\" is", data)
	}
	v, err := ParseDuration(text)
	*d = v
	return err
}

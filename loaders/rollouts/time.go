package rollouts

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// longest bounds times, so that sums and products of what a stranger wrote stay times.
const longest = 100 * 365 * 24 * time.Hour

// times is n times a duration, within bounds.
func times(d time.Duration, n int64) time.Duration {
	switch {
	case d <= 0 || n <= 0:
		return 0
	case int64(longest/d) < n:
		return longest
	}
	return min(d*time.Duration(n), longest)
}

// plus adds durations, within bounds.
func plus(a, b time.Duration) time.Duration { return min(min(a, longest)+min(b, longest), longest) }

// scalar is a number or a text, as fields for counts and durations can be.
type scalar string

// UnmarshalJSON takes a number or a string, and leaves anything else out.
func (s *scalar) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) > 0 && data[0] == '"':
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*s = scalar(text)
	case len(data) > 0 && bytes.IndexByte([]byte("{[tfn"), data[0]) < 0:
		*s = scalar(data)
	}
	return nil
}

// count reads a whole number; absent if none is written.
func (s scalar) count(at mesh.Origin) mesh.Value[int64] {
	if s == "" {
		return mesh.Value[int64]{Origin: at}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(s)), 10, 32)
	if err != nil {
		return mesh.UnknownOf[int64](strconv.Quote(short(string(s)))+" is no number", at)
	}
	return mesh.Of(n, at)
}

// duration reads a time as Go writes it ("1m30s"), or a number of seconds where bare is set; absent if none is
// written.
func (s scalar) duration(at mesh.Origin, bare bool) mesh.Value[time.Duration] {
	text := strings.TrimSpace(string(s))
	if text == "" {
		return mesh.Value[time.Duration]{Origin: at}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && bare && n >= 0 {
		return mesh.Of(times(time.Second, n), at)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return mesh.UnknownOf[time.Duration](strconv.Quote(short(text))+" is no duration", at)
	}
	return mesh.Of(min(d, longest), at)
}

// seconds is a number of seconds as written, otherwise the default of whoever reads it.
func seconds(n *int64, otherwise time.Duration, at mesh.Origin) mesh.Value[time.Duration] {
	switch {
	case n == nil:
		return mesh.Of(otherwise, at)
	case *n < 0:
		return mesh.UnknownOf[time.Duration]("the value is negative", at)
	}
	return mesh.Of(times(time.Second, *n), at)
}

// count is a number as written, otherwise the default of whoever reads it.
func count(n *int64, otherwise int, at mesh.Origin) mesh.Value[int] {
	switch {
	case n == nil:
		return mesh.Of(otherwise, at)
	case *n < 0 || *n > 1<<30:
		return mesh.UnknownOf[int]("the value is out of range", at)
	}
	return mesh.Of(int(*n), at)
}

// text is a value as written; absent if it is empty, unknown if some other program fills it in.
func text(v string, at mesh.Origin) mesh.Value[string] {
	switch {
	case v == "":
		return mesh.Value[string]{Origin: at}
	case placeholder(v):
		return mesh.UnknownOf[string]("the value has a placeholder", at)
	}
	return mesh.Of(v, at)
}

// placeholder reports whether some other program fills in a text.
func placeholder(v string) bool { return strings.Contains(v, "{{") || strings.Contains(v, "${") }

// short keeps messages readable, whatever somebody wrote.
func short(v string) string {
	const most = 40
	if len(v) > most {
		return strings.ToValidUTF8(v[:most], "") + "…"
	}
	return v
}

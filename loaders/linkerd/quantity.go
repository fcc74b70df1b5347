package linkerd

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Weight is a Kubernetes quantity as it is written: 1, "1", "500m".
type Weight string

// UnmarshalJSON takes a string or a number. Anything else is kept as it is written, and has no value.
func (w *Weight) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(w))
	}
	*w = Weight(data)
	return nil
}

// Milli is the weight in thousandths, rounded up; false if it is no quantity. Quantities that are
// written in more than 32 characters, or with exponents of more than two digits, are none to us:
// nobody weighs with them, and reading some of them takes minutes.
func (w Weight) Milli() (int64, bool) {
	const longest, longestExponent = 32, 2
	text := string(w)
	if len(text) > longest {
		return 0, false
	}
	if at := strings.IndexAny(text, "eE"); at >= 0 && len(strings.TrimLeft(text[at+1:], "+-")) > longestExponent {
		return 0, false
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, false
	}
	return q.MilliValue(), true
}

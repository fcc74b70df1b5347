package mesh

import "encoding/json"

// State tells whether a value is there at all. Unknown is not false: an unknown value never
// makes a finding by itself, and never a pass.
type State uint8

const (
	Absent  State = iota // nobody set it, and no default applies
	Known                // V holds it
	Unknown              // something decides it that the inputs do not show; Cause says what
)

// Value is a value that decides something, with where it came from.
type Value[T any] struct {
	V      T
	State  State
	Origin Origin
	Cause  string // why it is unknown, in a few words: "variable region has no value"
}

// Of is a known value.
func Of[T any](v T, origin Origin) Value[T] { return Value[T]{V: v, State: Known, Origin: origin} }

// UnknownOf is a value that the inputs do not decide, with the cause.
func UnknownOf[T any](cause string, origin Origin) Value[T] {
	return Value[T]{State: Unknown, Cause: cause, Origin: origin}
}

// Get returns the value and whether it is known.
func (v Value[T]) Get() (T, bool) { return v.V, v.State == Known }

// Or returns the value if it is known, otherwise def.
func (v Value[T]) Or(def T) T {
	if v.State == Known {
		return v.V
	}
	return def
}

// IsKnown reports whether V holds the value.
func (v Value[T]) IsKnown() bool { return v.State == Known }

// MarshalJSON renders {"value":…,"origin":…}, {"unknown":"cause"} or null.
func (v Value[T]) MarshalJSON() ([]byte, error) {
	switch v.State {
	case Known:
		return json.Marshal(struct {
			Value  T      `json:"value"`
			Origin string `json:"origin,omitempty"`
		}{v.V, v.Origin.String()})
	case Unknown:
		return json.Marshal(struct {
			Unknown string `json:"unknown"`
		}{v.Cause})
	}
	return []byte("null"), nil
}

package analyzer

import (
	"reflect"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func TestParametersAreTypedAndBounded(t *testing.T) {
	one, ten := 1.0, 10.0
	for _, tc := range []struct {
		param   Param
		given   any
		want    any
		problem string
	}{
		{Param{Type: Integer}, int64(3), 3, ""},
		{Param{Type: Integer}, 3.0, 3, ""},
		{Param{Type: Integer}, 3.5, nil, "want a whole number, got 3.5"},
		{Param{Type: Integer}, "3", nil, `want a whole number, got "3"`},
		{Param{Type: Integer, Least: &one}, int64(0), nil, "want at least 1, got 0"},
		{Param{Type: Integer, Most: &ten}, int64(11), nil, "want at most 10, got 11"},
		{Param{Type: Integer}, int64(1) << 40, nil, "want a whole number, got 1099511627776"},
		{Param{Type: Number}, int64(2), 2.0, ""},
		{Param{Type: Number}, nil, nil, "want a number, got nothing"},
		{Param{Type: Truth}, true, true, ""},
		{Param{Type: Truth}, "yes", nil, `want true or false, got "yes"`},
		{Param{Type: Text}, "a", "a", ""},
		{Param{Type: Text}, []any{}, nil, "want text, got a list"},
		{Param{Type: Text, OneOf: []string{"a", "b"}}, "c", nil, `want a, b, got "c"`},
		{Param{Type: Duration}, "1m30s", 90 * time.Second, ""},
		{Param{Type: Duration}, int64(30), nil, "want a duration such as 30s or 1h30m, got 30"},
		{Param{Type: Duration}, "-1s", nil, `want a duration such as 30s or 1h30m, got "-1s"`},
		{Param{Type: Texts}, []any{"a", "b"}, []string{"a", "b"}, ""},
		{Param{Type: Texts}, []any{"a", int64(1)}, nil, "want a list of texts, got 1"},
		{Param{Type: Texts}, map[string]any{}, nil, "want a list of texts, got a mapping"},
	} {
		got, err := tc.param.Parse(tc.given)
		switch {
		case tc.problem == "" && (err != nil || !reflect.DeepEqual(got, tc.want)):
			t.Errorf("%s %v: %v (%v), want %v", tc.param.Type, tc.given, got, err, tc.want)
		case tc.problem != "" && (err == nil || err.Error() != tc.problem):
			t.Errorf("%s %v: %v, want %q", tc.param.Type, tc.given, err, tc.problem)
		}
	}
}

// Rules get what the config says, and the defaults of what it does not say.
func TestParametersReachTheRule(t *testing.T) {
	var got Params
	rule := &Rule{ID: "DR999", Params: []Param{
		{Name: "replicas", Type: Integer, Default: 2},
		{Name: "wait", Type: Duration, Default: time.Minute},
	}, Run: func(p *Pass) { got = p.Params }}
	for _, tc := range []struct {
		given    map[string]any
		replicas int
	}{
		{nil, 2},
		{map[string]any{"replicas": int64(5)}, 5},
		{map[string]any{"replicas": "many"}, 2}, // Check reports it
	} {
		Run(&mesh.Graph{}, &failover.Matrix{}, []*Rule{rule}, map[string]Setting{"DR999": {Params: tc.given}})
		if got.Int("replicas") != tc.replicas || got.Duration("wait") != time.Minute {
			t.Errorf("%v: %v, want %d replicas", tc.given, got, tc.replicas)
		}
	}
	if got.Int("wait") != 0 || got.Text("nothing") != "" {
		t.Error("a parameter of another type or name has a value")
	}
}

func TestCheckNamesWhatARuleCannotTake(t *testing.T) {
	rule := &Rule{ID: "DR999", Params: []Param{{Name: "replicas", Type: Integer}, {Name: "wait", Type: Duration}}}
	got := rule.Check(map[string]any{"wait": "soon", "replicas": int64(1), "retries": int64(2)})
	want := []ParamProblem{
		{"retries", `DR999 has no parameter "retries", want one of replicas, wait`},
		{"wait", `want a duration such as 30s or 1h30m, got "soon"`},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if got := (&Rule{ID: "DR998"}).Check(map[string]any{"x": true}); len(got) != 1 || got[0].Message != "DR998 has no parameters" {
		t.Error(got)
	}
}

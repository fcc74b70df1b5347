package report

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// What could not be read has its line already; what is missing beside that is listed.
func TestWhatIsMissingIsToldOnce(t *testing.T) {
	at := func(line int) Position { return PositionAt(mesh.Position{File: "k.yaml", Line: line, Column: 3}) }
	in := Inputs{
		Unreadable: []Unreadable{{File: "k.yaml", Line: 1, Column: 3, Message: "not there"}},
		Missing:    []Missing{{Position: at(1), What: "a"}, {Position: at(2), What: "b", Help: "do c"}},
	}
	if got := in.untold(); len(got) != 1 || got[0].What != "b" {
		t.Errorf("%+v", got)
	}
	for _, tc := range []struct {
		list    []Missing
		verbose bool
		want    string
	}{
		{in.Missing[:1], false, "1 chart, kustomization or template could not be rendered: its objects are missing from the audit"},
		{in.Missing[1:], false, "k.yaml:2:3 b; do c"},
		{in.Missing, false, "2 charts, kustomizations or templates could not be rendered: their objects are missing from the audit; --verbose lists them"},
		{in.Missing, true, "2 charts, kustomizations or templates could not be rendered: their objects are missing from the audit"},
	} {
		in := Inputs{Unreadable: in.Unreadable, Missing: tc.list}
		if got := missing(tc.list, in.untold(), tc.verbose); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

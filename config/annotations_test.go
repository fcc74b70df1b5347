package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// document places each pointer on the line of its number in the list.
type document []string

func (d document) Locate(path string) mesh.Position {
	return mesh.Position{File: "svc.yaml", Line: slices.Index(d, path) + 1, Column: 5, Path: path}
}

// annotate prefixes keys with passmuster.dev/, and makes a document in which they stand in sorted order.
func annotate(short map[string]string) (map[string]string, document) {
	annotations, lines := map[string]string{"app.kubernetes.io/name": "pay"}, document{}
	for _, key := range slices.Sorted(maps.Keys(short)) {
		annotations["passmuster.dev/"+key] = short[key]
		lines = append(lines, "/metadata/annotations/passmuster.dev~1"+key)
	}
	return annotations, lines
}

func TestFromAnnotationsReadsEveryKey(t *testing.T) {
	annotations, doc := annotate(map[string]string{
		"survive": "zone, region=us-east-1,zone", "faults": "crash,error", "rto": "30s", "rpo": "0", "failback": "1h",
		"latency": "200ms", "pattern": "active-active", "encryption": "tls", "drill": "26w", "depends-on": "ledger", "ignore": "DR103 reason=x",
	})
	o, problems := FromAnnotations(annotations, doc, "/metadata/annotations")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	at := func(key string) mesh.Origin { return mesh.At(doc, "/metadata/annotations/passmuster.dev~1"+key) }
	want := &Objective{
		Objective: mesh.Objective{
			Survive: []string{"zone", "region=us-east-1"}, Faults: []string{"crash", "error"},
			RTO: mesh.Of(30*time.Second, at("rto")), RPO: mesh.Of(time.Duration(0), at("rpo")),
			Failback: mesh.Of(time.Hour, at("failback")), Latency: mesh.Of(200*time.Millisecond, at("latency")),
			Pattern: mesh.ActiveActive, Encryption: "tls", Drill: mesh.Drilling{MaxAge: mesh.Of(26*7*24*time.Hour, at("drill"))}, Origin: at("survive"),
		},
		Position: mesh.Position{File: "svc.yaml", Line: 11, Column: 5, Path: "/metadata/annotations/passmuster.dev~1survive"},
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("got  %+v\nwant %+v", o, want)
	}
}

func TestFromAnnotationsLeavesWhatIsNotAnObjective(t *testing.T) {
	annotations, doc := annotate(map[string]string{"depends-on": "ledger", "ignore": "DR103"})
	annotations["waivers.passmuster.dev/survive"] = "x"
	if o, problems := FromAnnotations(annotations, doc, "/metadata/annotations"); o != nil || problems != nil {
		t.Errorf("got %v, %v", o, problems)
	}
	if o, problems := FromAnnotations(nil, nil, ""); o != nil || problems != nil {
		t.Errorf("without annotations: got %v, %v", o, problems)
	}
}

func TestFromAnnotationsHoldsWhatIsRight(t *testing.T) {
	annotations, doc := annotate(map[string]string{
		"survive": "zone,regoin", "rto": "30", "survives": "zone", "faults": "slow", "pattern": "",
	})
	o, problems := FromAnnotations(annotations, doc, "/metadata/annotations")
	if o == nil || !slices.Equal(o.Survive, []string{"zone"}) || o.RTO.State != mesh.Absent || !slices.Equal(o.Faults, DefaultFaults()) {
		t.Errorf("got %+v", o)
	}
	want := []string{
		`svc.yaml:1:5: passmuster.dev/faults: unknown fault "slow", want one of crash, hang, partition, error`,
		`svc.yaml:2:5: passmuster.dev/pattern: the text is empty`,
		`svc.yaml:3:5: passmuster.dev/rto: "30" is no duration, want one such as 30s, 5m or 1h30m`,
		`svc.yaml:4:5: passmuster.dev/survive: unknown failure "regoin", want one of zone, region, cluster, datacenter, service, gateway, release, or one by name such as region=us-east-1; did you mean region?`,
		`svc.yaml:5:5: passmuster.dev/survives: unknown annotation "survives", want one of survive, faults, rto, rpo, failback, latency, pattern, encryption, drill, depends-on, ignore; did you mean survive?`,
	}
	if got := (&Error{Problems: problems}).Error(); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestFromAnnotationsNeedsSurvive(t *testing.T) {
	for _, tc := range []struct {
		short map[string]string
		want  string
	}{
		{map[string]string{"rto": "30s"}, `svc.yaml:1:5: passmuster.dev/rto: it promises nothing without passmuster.dev/survive, such as "zone,region"`},
		{map[string]string{"survive": "rack"}, `svc.yaml:1:5: passmuster.dev/survive: unknown failure "rack", want one of zone, region, cluster, datacenter, service, gateway, release, or one by name such as region=us-east-1`},
	} {
		annotations, doc := annotate(tc.short)
		o, problems := FromAnnotations(annotations, doc, "/metadata/annotations")
		if o != nil || len(problems) != 1 || problems[0].String() != tc.want {
			t.Errorf("%v: got %v, %v", tc.short, o, problems)
		}
	}
}

// Annotations and config must have the same members, or one of them would lag behind.
func TestAnnotationsAreTheMembersOfAnObjective(t *testing.T) {
	if got := keys(objectiveFields(&Objective{})[1:]); !slices.Equal(got, objectiveKeys) {
		t.Errorf("config: %v\nannotations: %v", got, objectiveKeys)
	}
}

package infrastructure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// evaluated builds the environment "prod" from an archive of files, of which what stands before the first is main.tf.
func instancesOf(t *testing.T, archive string) []terraform.Instance {
	t.Helper()
	dir := t.TempDir()
	a := txtar.Parse([]byte(archive))
	for _, f := range append(a.Files, txtar.File{Name: "main.tf", Data: a.Comment}) {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	root, err := terraform.Load(context.Background(), tree, ".", terraform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return root.Instances()
}

// cloudCase is a module and what it becomes, a line a node.
type cloudCase struct{ name, module, want string }

func runCloud(t *testing.T, show func(*Output) string, list []cloudCase) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			compare(t, strings.ReplaceAll(show(build(t, c.module)), "prod/", ""), c.want)
		})
	}
}

// valued is a value in a few words: as it is, "?" and why nobody knows it, or "-".
func valued[T any](v mesh.Value[T]) string {
	switch v.State {
	case mesh.Known:
		return fmt.Sprint(v.V)
	case mesh.Unknown:
		return "?(" + v.Cause + ")"
	}
	return "-"
}

// row joins "name value" pairs, without those whose value is "" or "-".
func row(first string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != "-" {
			first += " " + pairs[i] + "=" + pairs[i+1]
		}
	}
	return first + "\n"
}

func recordRows(o *Output) string {
	var out strings.Builder
	for _, r := range o.Records {
		out.WriteString(row(r.ID, "host", r.Host, "cause", r.HostCause, "zone", r.Zone, "policy", string(r.Policy), "ttl", valued(r.TTL), "open", r.Open))
		for _, m := range r.Members {
			to := "?"
			switch {
			case m.Leads != nil:
				to = m.Leads.ID
			case m.Next != nil:
				to = "record " + m.Next.ID
			case m.Target.IsKnown():
				to = m.Target.V
			}
			out.WriteString(row(fmt.Sprintf("  %d %s -> %s", m.Rank, m.Name, to), "in", valued(m.Region), "weight", valued(m.Weight), "enabled", valued(m.Enabled),
				"for", m.For, "check", checkTold(m.Check)))
		}
	}
	return out.String()
}

func checkTold(v mesh.Value[*mesh.RecordCheck]) string {
	c, ok := v.Get()
	switch {
	case !ok && v.State == mesh.Absent:
		return "none"
	case !ok:
		return valued(v)
	}
	out := fmt.Sprintf("%s[%dx%s+%s", c.HealthCheck.Handler, c.HealthCheck.Failure, c.HealthCheck.Interval, c.HealthCheck.Timeout)
	if c.Follows {
		out += " follows"
	}
	if c.Manual {
		out += " manual"
	}
	if len(c.Asks) > 0 {
		out += " asks " + strings.Join(c.Asks, ",")
	}
	return strings.TrimSuffix(out+row("]", "disabled", valued(c.Disabled), "watches", valued(c.Watches)), "\n")
}

func storeRows(o *Output) string {
	var out strings.Builder
	for _, s := range o.Stores {
		kept := valued(s.Backups)
		if d, ok := s.Backups.Get(); ok {
			kept = fmt.Sprintf("%gd", d.Hours()/24)
		}
		out.WriteString(row(s.ID+" "+s.Class, "name", s.Name, "in", valued(s.Region), "spread", valued(s.Spread), "group", s.Group, "copies", s.ReplicaOf,
			"writable", valued(s.Writable), "backups", kept, "pitr", valued(s.PointInTime), "versioned", valued(s.Versioned), "protected", valued(s.Protected),
			"final", valued(s.FinalCopy), "open", s.Open))
		for _, c := range s.Copies {
			out.WriteString(row("  "+string(c.Kind), "in", valued(c.Region), "store", c.Store))
		}
	}
	return out.String()
}

func clusterRows(o *Output) string {
	var out strings.Builder
	for _, c := range o.Clusters {
		out.WriteString(row(c.ID, "name", valued(c.Name), "in", valued(c.Region), "zones", strings.Join(c.Zones, ",")))
	}
	return out.String()
}

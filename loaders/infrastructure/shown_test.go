package infrastructure

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// build evaluates an archive of files, of which what stands before the first is main.tf, as the environment "prod".
func build(t *testing.T, archive string) *Output {
	t.Helper()
	return Build(Input{Environment: "prod", Instances: instancesOf(t, archive)})
}

// valueOf is a value in a few words: as it is, "?cause" or "-".
func valueOf[T any](v mesh.Value[T]) string {
	switch v.State {
	case mesh.Known:
		return fmt.Sprint(v.V)
	case mesh.Unknown:
		return "?" + v.Cause
	}
	return "-"
}

// words joins what is not empty.
func words(list ...string) string {
	var out []string
	for _, w := range list {
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// said is "name=text" unless the text is one of those that say nothing.
func said(name, text string, silent ...string) string {
	for _, s := range append(silent, "", "-") {
		if text == s {
			return ""
		}
	}
	return name + "=" + text
}

func line(o mesh.Origin) string {
	p := o.Position()
	out := fmt.Sprintf("%s:%d", p.File, p.Line)
	for _, v := range p.Via {
		out += fmt.Sprintf(" via %s:%d", v.What, v.Line)
	}
	return out
}

func records(o *Output) string {
	var out strings.Builder
	for _, r := range o.Records {
		host := r.Host
		if host == "" {
			host = "(" + r.HostCause + ")"
		}
		fmt.Fprintln(&out, words(host, "in", strings.TrimSpace(r.Zone)+":", string(r.Policy), said("ttl", valueOf(r.TTL)), said("open", r.Open),
			said("switch", valueOf(r.Switch)), said("ports", fmt.Sprint(r.Ports), "[]")))
		for _, m := range r.Members {
			to := "target " + valueOf(m.Target)
			switch {
			case m.Leads != nil:
				to = m.Leads.ID
			case m.Next != nil:
				to = "next " + m.Next.ID
			}
			fmt.Fprintln(&out, " ", words(fmt.Sprint(m.Rank), m.Name, "->", strings.TrimPrefix(to, "prod/"), said("in", valueOf(m.Region)), said("for", m.For),
				said("weight", valueOf(m.Weight)), said("enabled", valueOf(m.Enabled)), "check", checkShown(m.Check)))
		}
	}
	return out.String()
}

func checkShown(v mesh.Value[*mesh.RecordCheck]) string {
	c, ok := v.Get()
	if !ok {
		return valueOf(v)
	}
	return words(strings.TrimPrefix(c.ID, "prod/"), c.HealthCheck.Handler, timing(c.HealthCheck), said("notices", valueOf(c.Notices)), said("watches", valueOf(c.Watches)),
		said("asks", strings.Join(c.Asks, ",")), said("parts", fmt.Sprint(len(c.Parts)), "0"), said("needs", valueOf(c.Needs)), said("parts-open", c.PartsOpen),
		said("follows", fmt.Sprint(c.Follows), "false"), said("manual", fmt.Sprint(c.Manual), "false"), said("disabled", valueOf(c.Disabled), "false"),
		said("inverted", valueOf(c.Inverted), "false"))
}

func timing(h mesh.HealthCheck) string {
	if h.Interval == 0 && h.Timeout == 0 && h.Failure == 0 {
		return ""
	}
	return fmt.Sprintf("%dx%s+%s", h.Failure, h.Interval, h.Timeout)
}

func balancers(o *Output) string {
	var out strings.Builder
	for _, b := range o.Balancers {
		checks := valueOf(b.Checks)
		if c, ok := b.Checks.Get(); ok {
			checks = c.Handler + " " + timing(*c)
		}
		fmt.Fprintln(&out, words(strings.TrimPrefix(b.ID, "prod/"), "is", b.Kind, said("named", b.Name), said("in", valueOf(b.Region)), said("zones", strings.Join(b.Zones, ",")),
			said("spills", valueOf(b.Spills)), said("cluster", b.Cluster), said("behind", o.Behind[b.ID].Cluster+o.Behind[b.ID].Provider),
			said("serves", strings.Trim(b.Namespace+"/"+b.Service, "/")), said("protected", valueOf(b.Protected)), said("checks", checks)))
	}
	return out.String()
}

func clusters(o *Output) string {
	var out strings.Builder
	for _, c := range o.Clusters {
		fmt.Fprintln(&out, words(strings.TrimPrefix(c.ID, "prod/"), valueOf(c.Name), "in", valueOf(c.Region), strings.Join(c.Zones, ",")))
	}
	return out.String()
}

func storesShown(o *Output) string {
	var out strings.Builder
	for _, s := range o.Stores {
		fmt.Fprintln(&out, words(strings.TrimPrefix(s.ID, "prod/"), "is", s.Kind, said("named", s.Name), said("in", valueOf(s.Region)), said("spread", valueOf(s.Spread)),
			said("group", s.Group), said("of", strings.TrimPrefix(s.ReplicaOf, "prod/")), said("writable", valueOf(s.Writable)), said("backups", backups(s.Backups)),
			said("point-in-time", valueOf(s.PointInTime)), said("versioned", valueOf(s.Versioned)), said("protected", valueOf(s.Protected)),
			said("final", valueOf(s.FinalCopy)), said("open", s.Open)))
		for _, c := range s.Copies {
			fmt.Fprintln(&out, "  ", words(string(c.Kind), "in", valueOf(c.Region), strings.TrimPrefix(c.Store, "prod/")))
		}
	}
	return out.String()
}

func backups(v mesh.Value[time.Duration]) string {
	if d, ok := v.Get(); ok {
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
	return valueOf(v)
}

// compare fails where two texts differ, and shows them below each other.
func compare(t *testing.T, got, want string) {
	t.Helper()
	if got, want = strings.TrimSpace(got), strings.TrimSpace(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

package imports

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// checked is a sink that holds observations to what they promise.
type checked struct{ t *testing.T }

func (c checked) Request(r observe.Request) error {
	if r.Start.IsZero() || r.End.Before(r.Start) || r.OK != (r.Err == "") || r.Doubtful && !r.OK || r.Code < 0 || r.Attempts < 0 || r.Port < 0 || r.Port > 65535 {
		c.t.Errorf("%+v", r)
	}
	c.texts(r.Namespace, r.Service, r.Host, r.Source, r.Detail, r.Dest.Region, r.Dest.Zone, r.Dest.Cluster, r.Dest.Workload, r.Dest.Address, r.TLS, r.Peer, r.Flags)
	return nil
}

func (c checked) Count(n observe.Count) error {
	if n.Delta <= 0 || n.To.Before(n.From) || n.OK != (n.Err == "") {
		c.t.Errorf("%+v", n)
	}
	c.texts(n.Namespace, n.Service, n.Host, n.Source, n.Dest.Cluster, n.Dest.Workload, n.TLS, n.Peer, n.Flags)
	return nil
}

func (c checked) State(s observe.State) error {
	c.texts(s.Host, s.Service, s.Proxy)
	for _, h := range s.Hosts {
		c.texts(h.Address, h.Region, h.Zone, h.DiscoverState)
		if h.Healthy && (h.Ejected || h.FailedActive) {
			c.t.Errorf("%+v", h)
		}
	}
	return nil
}

func (c checked) Event(e observe.Event) error {
	if e.From.IsZero() != e.To.IsZero() && e.Kind != observe.Verdict && e.Kind != observe.Interrupted || e.Kind == "" {
		c.t.Errorf("%+v", e)
	}
	c.texts(e.Name, e.By, e.Detail)
	return nil
}

func (c checked) Missed(m observe.Missed) error {
	if m.Count < 1 || m.At.IsZero() {
		c.t.Errorf("%+v", m)
	}
	return nil
}

func (c checked) Note(n observe.Note) error {
	if n.Text == "" || n.Line < 0 || n.Lost < 0 {
		c.t.Errorf("%+v", n)
	}
	c.texts(n.Text)
	return nil
}

// texts are fit to be recorded and shown.
func (c checked) texts(all ...string) {
	for _, s := range all {
		if len(s) > record.MaxText || record.Clip(s, record.MaxText) != s {
			c.t.Errorf("%q", s)
		}
	}
}

// fuzz feeds a reader anything, beginning with its sample.
func fuzz(f *testing.F, format Format, more ...string) {
	for _, s := range samples {
		if s.format == format {
			text, err := os.ReadFile(filepath.Join("testdata", s.file))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text[:min(len(text), 4000)])
			f.Add(text)
		}
	}
	for _, m := range more {
		f.Add([]byte(m))
	}
	o := Options{Places: []Place{{Region: "nowhere"}}, At: time.Unix(1, 0), Workers: 1}
	f.Fuzz(func(t *testing.T, text []byte) {
		Detect(text)
		sum, err := Read(context.Background(), "file", bytes.NewReader(text), format, o, checked{t})
		if sum.Unreadable > sum.Lines && format != Prometheus {
			t.Errorf("%d of %d lines", sum.Unreadable, sum.Lines)
		}
		again, second := Read(context.Background(), "file", bytes.NewReader(text), format, o, checked{t})
		if !reflect.DeepEqual(sum, again) || (err == nil) != (second == nil) {
			t.Errorf("%+v\n%+v", sum, again)
		}
	})
}

func FuzzEnvoyJSON(f *testing.F)     { fuzz(f, EnvoyJSON) }
func FuzzIstioText(f *testing.F)     { fuzz(f, IstioText) }
func FuzzEnvoyText(f *testing.F)     { fuzz(f, EnvoyText) }
func FuzzPrometheus(f *testing.F)    { fuzz(f, Prometheus, answer(istioOK+"|"+at0+"=1 "+at15+"=2")) }
func FuzzChaosToolkit(f *testing.F)  { fuzz(f, ChaosToolkit, journalText()) }
func FuzzLitmus(f *testing.F)        { fuzz(f, Litmus, chaosResult, chaosEvents) }
func FuzzK6(f *testing.F)            { fuzz(f, K6) }
func FuzzEnvoyClusters(f *testing.F) { fuzz(f, EnvoyClusters, proxyState) }
func FuzzFortio(f *testing.F)        { fuzz(f, Fortio) }
func FuzzVegetaJSON(f *testing.F)    { fuzz(f, VegetaJSON) }
func FuzzVegetaCSV(f *testing.F)     { fuzz(f, VegetaCSV) }

package analyzer

import (
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// object is a document with one line for each path.
type object struct{ file, cluster, name string }

func (o *object) Locate(path string) mesh.Position {
	return mesh.Position{File: o.file, Line: len(path), Column: 1, Path: path}
}

func (o *object) Resource() mesh.Resource {
	return mesh.Resource{Kind: "DestinationRule", Namespace: "shop", Name: o.name, Cluster: o.cluster}
}

func TestAQuietRuleYieldsToTheErrorItFollowsFrom(t *testing.T) {
	cart, stock := &mesh.Service{Name: "cart"}, &mesh.Service{Name: "stock"}
	here, twin := &object{"mesh/cart.yaml", "east", "cart"}, &object{"mesh/cart.yaml", "west", "cart"}
	beside, copied := &object{"mesh/cart.yaml", "east", "cart-2"}, &object{"other/cart.yaml", "east", "cart"}
	at := func(o *object, path string) mesh.Origin { return mesh.At(o, path) }
	for _, tc := range []struct {
		name    string
		follows []mesh.Origin
		errorAt []mesh.Origin
		of      *mesh.Service
		level   string // what a config says of the loud rule
		own     string // and of the quiet one
		spoken  bool
	}{
		{"an error at another line of the object", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(here, "/a/b")}, cart, "", "", false},
		{"one file is a source of two clusters", []mesh.Origin{at(twin, "/a")}, []mesh.Origin{at(here, "/a")}, cart, "", "", false},
		{"an error at another object of the file", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(beside, "/a")}, cart, "", "", true},
		{"an error at the same object in another file", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(copied, "/a")}, cart, "", "", true},
		{"an error of another service", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(here, "/a")}, stock, "", "", true},
		{"an error at one of two lines that it follows from", []mesh.Origin{at(here, "/a"), at(beside, "/a")}, []mesh.Origin{at(here, "/a")}, cart, "", "", true},
		{"errors at both", []mesh.Origin{at(here, "/a"), at(beside, "/a")}, []mesh.Origin{at(here, "/a"), at(beside, "/bb")}, cart, "", "", false},
		{"no error", []mesh.Origin{at(here, "/a")}, nil, cart, "", "", true},
		{"it stands for itself", nil, []mesh.Origin{at(here, "/a")}, cart, "", "", true},
		{"a place without an object", []mesh.Origin{{Note: "a default"}}, []mesh.Origin{{Note: "a default"}}, cart, "", "", true},
		{"the loud rule is off", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(here, "/a")}, cart, "off", "", true},
		{"the loud rule warns", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(here, "/a")}, cart, "warning", "", true},
		{"the quiet rule is an error", []mesh.Origin{at(here, "/a")}, []mesh.Origin{at(here, "/a")}, cart, "", "error", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			quiet := &Rule{ID: "DR902", Yields: []string{"DR901"}, Run: func(p *Pass) {
				p.Report(Finding{Level: Note, Service: cart, Origin: at(here, "/quiet"), Follows: tc.follows})
			}}
			loud := &Rule{ID: "DR901", Run: func(p *Pass) {
				for _, o := range tc.errorAt {
					p.Report(Finding{Level: Error, Service: tc.of, Origin: o})
				}
			}}
			settings := map[string]Setting{"DR901": {Level: tc.level}, "DR902": {Level: tc.own}}
			spoken := false
			for _, f := range Run(&mesh.Graph{}, &failover.Matrix{}, []*Rule{quiet, loud}, settings) {
				spoken = spoken || f.Rule == quiet
			}
			if spoken != tc.spoken {
				t.Errorf("it is told: %t, want %t", spoken, tc.spoken)
			}
		})
	}
}

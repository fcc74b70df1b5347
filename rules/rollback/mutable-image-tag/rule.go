// Package mutableimagetag speaks for images whose reference means another version tomorrow.
package mutableimagetag

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	moving := p.Params.Texts("tags")
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) {
			continue
		}
		for _, w := range s.Workloads() {
			for _, c := range w.Spec().Containers {
				image, known := c.Image.Get()
				if why := moves(image, moving); known && why != "" {
					p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: c.Image.Origin,
						Message: fmt.Sprintf("If pods of %s start anew, as in a standby after a failover, they may be of another version than those that were lost: container %s of %s %s in %s %s.",
							s.Name, c.Name, w.Kind, w.Name, w.Cluster, why)})
				}
			}
		}
	}
}

// moves says why an image may be another one tomorrow, or "" if it is not known to be.
// Kubernetes: without a tag and a digest, the tag latest is meant.
func moves(i mesh.Image, moving []string) string {
	switch {
	case i.Pinned() || i.Repository == "":
		return ""
	case i.Tag == "":
		return "has an image without a tag, which is whatever is the latest"
	case slices.Contains(moving, i.Tag):
		return "has an image with the tag " + i.Tag + ", which moves"
	}
	return ""
}

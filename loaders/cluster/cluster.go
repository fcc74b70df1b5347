// Package cluster reads the objects of a running cluster into documents, as if somebody had written them to files: what a scan
// of files finds about them, a live scan finds.
//
// It only lists, page by page, and only the kinds that some loader reads. What it may not see is told as Missing, because a list
// that is refused is not an empty one.
package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/passmuster/muster/loaders/source"
)

// Options say what to read.
type Options struct {
	// Name is the cluster's, in the graph and in positions.
	Name string
	// Reads selects kinds. Secrets are never read, whatever it says.
	Reads func(apiVersion, kind string) bool
	// ReadsGroup selects groups of which some kind is read, for those whose kinds the server cannot tell; nil = all.
	ReadsGroup func(group string) bool
	// Namespaces bound what is listed; nil = all, and objects without a namespace.
	Namespaces []string
	// PageSize is the number of objects in one answer; 0 = 500.
	PageSize int64
	// Timeout bounds one answer; 0 = 30 s.
	Timeout time.Duration
	Limits  source.Limits
}

// Snapshot is what was read of one cluster. It is no moment: lists are read one after the other.
type Snapshot struct {
	Cluster string
	Version string // of the API server
	// Docs are in the order of their keys.
	Docs    []*source.Document
	Missing []Missing
	// Broken are objects that could not be read, each told.
	Broken []source.Diagnostic
}

// Missing is a list that was not to be had.
type Missing struct {
	Group, Kind string // Kind is empty where the whole group is missing
	Namespace   string // "" = all
	Why         string
}

// String names what is missing, as the subject of a sentence.
func (m Missing) String() string {
	what := m.Kind
	if m.Group != "" {
		what += "." + m.Group
	}
	if m.Kind == "" {
		what = "API group " + m.Group
	}
	if m.Namespace != "" {
		what += " of namespace " + m.Namespace
	}
	return what + ": " + m.Why
}

// Read lists what a cluster holds. The error is for a server that cannot be asked at all and for the end of ctx; lists that it
// refuses are Missing.
func Read(ctx context.Context, config *rest.Config, o Options) (*Snapshot, error) {
	o.PageSize, o.Timeout = cmp.Or(o.PageSize, 500), cmp.Or(o.Timeout, 30*time.Second)
	own := rest.CopyConfig(config)
	own.Timeout = o.Timeout
	if own.QPS == 0 {
		own.QPS, own.Burst = 50, 100 // a few dozen lists; the server has its own limits
	}
	client, err := discovery.NewDiscoveryClientForConfig(own)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", o.Name, err)
	}
	version, err := client.ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("cluster %s does not answer: %w", o.Name, err)
	}
	lists, missing, err := find(client, o)
	if err != nil {
		return nil, fmt.Errorf("cluster %s does not tell which kinds it serves: %w", o.Name, err)
	}
	s := &Snapshot{Cluster: o.Name, Version: version.GitVersion, Missing: missing}
	found := make([]listed, len(lists))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, l := range lists {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i] = l.read(ctx, client.RESTClient(), o)
		})
	}
	wg.Wait()
	for _, f := range found {
		s.Docs = append(s.Docs, f.docs...)
		s.Broken = append(s.Broken, f.broken...)
		if f.missing != nil {
			s.Missing = append(s.Missing, *f.missing)
		}
	}
	slices.SortStableFunc(s.Docs, func(a, b *source.Document) int { return cmp.Compare(a.Key(), b.Key()) })
	return s, ctx.Err()
}

package fleet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/xds"
)

// Digest identifies the configuration that predictions about a fleet are made from ("sha256:…"): what the inputs mean, and not
// how they are written. It is the same for other files, formats, comments and orders of the same objects, and another one as
// soon as a value of an object, a mesh, a cluster or an objective is another. What clusters note for themselves
// (resourceVersion, managedFields, the times of conditions) is not in it, nor is what only decides about reports: levels of
// rules, policies and suppressions.
func Digest(f *Fleet) string {
	var facts []string
	for _, c := range f.clusters {
		facts = append(facts, ofDocuments(c.Name, f.docs[c.Name])...)
		for _, content := range f.consul[c.Name] {
			facts = append(facts, ofConsul(c.Name, content)...)
		}
		for _, content := range f.xds[c.Name] {
			facts = append(facts, ofXDS(c.Name, content)...)
		}
	}
	g := f.Graph
	facts = append(facts, factsOf("mesh", g.Meshes)...)
	facts = append(facts, factsOf("cluster", g.Clusters)...)
	facts = append(facts, factsOf("record", g.Records)...)
	facts = append(facts, factsOf("balancer", g.Balancers)...)
	facts = append(facts, factsOf("store", g.Stores)...)
	facts = append(facts, factsOf("gap", g.Gaps)...)
	facts = append(facts, factsOf("service gap", g.ServiceGaps)...)
	facts = append(facts, factsOf("doubt", g.Doubts)...)
	if f.Config != nil {
		facts = append(facts, factOf("objectives", f.Config.Objectives)) // their order decides
		for i := range f.Config.Meshes {
			facts = append(facts, factOf("declared mesh", f.Config.Meshes[i]))
		}
	}
	slices.Sort(facts)
	sum := sha256.Sum256([]byte(strings.Join(facts, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// factsOf are facts about the members of a list, whose order says nothing.
func factsOf[T any](what string, list []T) []string {
	facts := make([]string, len(list))
	for i, x := range list {
		facts[i] = factOf(what, x)
	}
	return facts
}

// factOf sums up what a value says.
func factOf(what string, x any) string {
	var b bytes.Buffer
	writeValue(&b, reflect.ValueOf(x), 0)
	return fact(what, "", b.Bytes())
}

// fact is one thing that the digest stands for: whose, which, and what it says.
func fact(whose, which string, says []byte) string {
	sum := sha256.Sum256(says)
	return whose + "\x00" + which + "\x00" + string(sum[:])
}

// ofDocuments sums up the objects of a cluster, on all cores.
func ofDocuments(cluster string, docs []*source.Document) []string {
	facts := make([]string, len(docs))
	var wg sync.WaitGroup
	workers := max(1, min(runtime.GOMAXPROCS(0), len(docs)))
	for w := range workers {
		wg.Go(func() {
			var c canonical
			for i := w; i < len(docs); i += workers {
				facts[i] = fact("object of "+cluster, docs[i].Key(), c.of(docs[i].JSON))
			}
		})
	}
	wg.Wait()
	return facts
}

// ofXDS sums up what a control plane announces. What proxies think of their hosts at a moment is no configuration.
func ofXDS(cluster string, content *xds.Content) []string {
	var facts []string
	facts = append(facts, ofMessages(cluster, "cluster", content.Clusters)...)
	facts = append(facts, ofMessages(cluster, "assignment", content.Assignments)...)
	facts = append(facts, ofMessages(cluster, "listener", content.Listeners)...)
	facts = append(facts, ofMessages(cluster, "route", content.Routes)...)
	return append(facts, factsOf("bootstrap of "+cluster, content.Bootstraps)...)
}

func ofMessages[T proto.Message](cluster, kind string, list []xds.Resource[T]) []string {
	facts := make([]string, len(list))
	for i, r := range list {
		says, err := proto.MarshalOptions{Deterministic: true}.Marshal(r.Message)
		if err != nil {
			says = []byte(err.Error()) // it was read, so it can be written
		}
		facts[i] = fact(kind+" of "+cluster, r.Name, says)
	}
	return facts
}

// ofConsul sums up what a file in a notation of Consul's own says.
func ofConsul(cluster string, content *consul.Content) []string {
	var facts []string
	for _, e := range content.Entries {
		if !e.Resource { // which is among the documents
			facts = append(facts, fact("entry of "+cluster, e.Kind+"/"+e.Name, e.Canonical()))
		}
	}
	facts = append(facts, factsOf("registration of "+cluster, content.Services)...)
	facts = append(facts, factsOf("check of "+cluster, content.Checks)...)
	facts = append(facts, factsOf("agent of "+cluster, content.Agents)...)
	return append(facts, factsOf("query of "+cluster, content.Queries)...)
}

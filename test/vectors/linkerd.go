package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
)

// linkerdQueries is query.yaml: the linked clusters by name, and the questions.
type linkerdQueries struct {
	Remotes map[string]string `json:"remotes"`
	Queries []linkerdQuery    `json:"queries"`
}

type linkerdQuery struct {
	Kind            string `json:"kind"`
	Path            string `json:"path"`
	ClientNode      string `json:"clientNode,omitempty"`
	ClientNamespace string `json:"clientNamespace,omitempty"`
}

// linkerdAnswers is expect.json.
type linkerdAnswers struct {
	Answers []linkerdAnswer `json:"answers"`
}

type linkerdAnswer struct {
	Query     linkerdQuery      `json:"query"`
	Source    string            `json:"source,omitempty"`
	Code      string            `json:"code"`
	Endpoints []linkerdEndpoint `json:"endpoints,omitempty"`
	Profile   *linkerdProfile   `json:"profile,omitempty"`
	Backends  []linkerdWeight   `json:"backends,omitempty"`
}

type linkerdEndpoint struct {
	Addr              string `json:"addr"`
	Weight            uint32 `json:"weight"`
	TLSIdentity       string `json:"tlsIdentity,omitempty"`
	ProtocolHint      string `json:"protocolHint,omitempty"`
	AuthorityOverride string `json:"authorityOverride,omitempty"`
	Zone              string `json:"zone,omitempty"`
	ZoneLocality      string `json:"zoneLocality,omitempty"`
}

type linkerdProfile struct {
	Empty              bool            `json:"empty,omitempty"`
	FullyQualifiedName string          `json:"fullyQualifiedName,omitempty"`
	ServiceProfile     string          `json:"serviceProfile,omitempty"`
	OpaqueProtocol     bool            `json:"opaqueProtocol,omitempty"`
	Routes             []linkerdRoute  `json:"routes,omitempty"`
	DstOverrides       []linkerdWeight `json:"dstOverrides,omitempty"`
	RetryBudget        *linkerdBudget  `json:"retryBudget,omitempty"`
}

type linkerdRoute struct {
	Name        string `json:"name,omitempty"`
	IsRetryable bool   `json:"isRetryable,omitempty"`
	Timeout     string `json:"timeout,omitempty"`
}

type linkerdWeight struct {
	Authority string `json:"authority"`
	Weight    uint32 `json:"weight"`
}

type linkerdBudget struct {
	RetryRatio          float32 `json:"retryRatio,omitempty"`
	MinRetriesPerSecond uint32  `json:"minRetriesPerSecond,omitempty"`
	TTL                 string  `json:"ttl,omitempty"`
}

// compareLinkerd answers a Linkerd vector and lists where the answers differ from the recorded ones.
func compareLinkerd(dir string) ([]string, error) {
	var want linkerdAnswers
	data, err := os.ReadFile(filepath.Join(dir, "expect.json"))
	if err != nil {
		return nil, err
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields() // a field that is not compared would agree with anything
	if err := strict.Decode(&want); err != nil {
		return nil, fmt.Errorf("expect.json: %w", err)
	}
	q, cluster, err := readLinkerd(dir)
	if err != nil {
		return nil, err
	}
	if len(q.Queries) == 0 || len(q.Queries) != len(want.Answers) {
		return nil, fmt.Errorf("%d queries and %d answers", len(q.Queries), len(want.Answers))
	}
	var out []string
	for i, asked := range q.Queries {
		got := answerLinkerd(cluster, asked)
		expected := want.Answers[i]
		if expected.Query != asked {
			return nil, fmt.Errorf("answer %d is for another question", i)
		}
		expected.Source = ""
		if d := field(asked.Kind+" "+asked.Path, got, expected); d != "" {
			out = append(out, fmt.Sprintf("%s (answer %d, from the %s)", d, i, want.Answers[i].Source))
		}
	}
	return out, nil
}

// readLinkerd reads the questions of a vector and its clusters.
func readLinkerd(dir string) (linkerdQueries, *linkerd.Cluster, error) {
	var q linkerdQueries
	data, err := os.ReadFile(filepath.Join(dir, "query.yaml"))
	if err != nil {
		return q, nil, err
	}
	if err := yaml.UnmarshalStrict(data, &q); err != nil {
		return q, nil, fmt.Errorf("query.yaml: %w", err)
	}
	local, err := readLinkerdCluster(filepath.Join(dir, "input", "local.yaml"), "local")
	if err != nil {
		return q, nil, err
	}
	local.Linked = map[string]*linkerd.Cluster{}
	for _, name := range sortedNames(q.Remotes) {
		if local.Linked[name], err = readLinkerdCluster(filepath.Join(dir, "input", q.Remotes[name]), name); err != nil {
			return q, nil, err
		}
	}
	return q, local, nil
}

func readLinkerdCluster(path, name string) (*linkerd.Cluster, error) {
	docs, err := documents(path, name)
	if err != nil {
		return nil, err
	}
	objects, _ := linkerd.Read(docs) // what cannot be read is part of some vectors
	return &linkerd.Cluster{Objects: objects}, nil
}

// answerLinkerd asks our own server, and writes its answer as the recorder does.
func answerLinkerd(c *linkerd.Cluster, q linkerdQuery) linkerdAnswer {
	out := linkerdAnswer{Query: q}
	switch q.Kind {
	case "get":
		a := c.Get(linkerd.GetQuery{Path: q.Path, Node: q.ClientNode})
		out.Code = string(a.Code)
		for _, e := range a.Endpoints {
			out.Endpoints = append(out.Endpoints, linkerdEndpoint{
				Addr: e.Addr.String(), Weight: e.Weight, TLSIdentity: e.TLSIdentity, ProtocolHint: string(e.Hint),
				AuthorityOverride: e.AuthorityOverride, Zone: e.Zone, ZoneLocality: string(e.Locality),
			})
		}
	case "profile":
		a := c.Profile(linkerd.ProfileQuery{Path: q.Path, Namespace: q.ClientNamespace})
		out.Code = string(a.Code)
		if a.Code == linkerd.OK {
			out.Profile = profileLinkerd(a.Profile)
		}
	case "failover":
		namespace, name, _ := strings.Cut(q.Path, "/")
		a := c.Failover(kubernetes.Key{Namespace: namespace, Name: name})
		out.Code = string(a.Code)
		for _, b := range a.Backends {
			milli, _ := b.Weight.Milli() // no quantity is 0
			out.Backends = append(out.Backends, linkerdWeight{Authority: b.Service, Weight: uint32(milli / 1000)})
		}
	}
	return out
}

func profileLinkerd(p linkerd.Profile) *linkerdProfile {
	out := &linkerdProfile{Empty: p.Empty, FullyQualifiedName: p.FullyQualifiedName, OpaqueProtocol: p.Opaque}
	if p.Empty {
		return out
	}
	if p.Source != nil {
		out.ServiceProfile = p.Source.Namespace + "/" + p.Source.Name
	}
	for _, r := range p.Routes {
		out.Routes = append(out.Routes, linkerdRoute{Name: r.Name, IsRetryable: r.Retryable, Timeout: seconds(r.Timeout)})
	}
	for _, o := range p.Overrides {
		out.DstOverrides = append(out.DstOverrides, linkerdWeight{Authority: o.Authority, Weight: o.Weight})
	}
	out.RetryBudget = &linkerdBudget{RetryRatio: p.Budget.Ratio, MinRetriesPerSecond: p.Budget.MinPerSecond, TTL: seconds(p.Budget.TTL)}
	return out
}

// seconds writes a duration as the recorder does; none is "".
func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

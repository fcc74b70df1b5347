package linkerd_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
)

// Every mirror of the fleet is what the service mirror of its cluster would write of what the other cluster exports. What
// somebody keeps by hand has the same members and ports.
func TestVideoMirrorsAreThoseOfTheLinks(t *testing.T) {
	for tree, want := range map[string][]string{
		"video": nil,
		"video-broken": {
			"ap account/profiles-federated: no Link to europe",
			"eu browse/catalog-federated: balancer.linkerd.io/failure-accrual-consecutive-max-penalty is not that of catalog@us",
		},
	} {
		v := loadVideo(t, tree)
		var got []string
		mirrors := 0
		for name, c := range v.clusters {
			for key, s := range c.Services {
				if _, byHand := s.Annotations[membersKey]; byHand || s.Labels[mirroredKey] == "true" {
					mirrors++
					for _, problem := range v.mirrorProblems(name, s) {
						got = append(got, name+" "+key.Namespace+"/"+key.Name+": "+problem)
					}
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tree, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if mirrors != 24 {
			t.Errorf("%s: %d mirrors", tree, mirrors)
		}
	}
}

const (
	mirroredKey = "mirror.linkerd.io/mirrored-service"
	membersKey  = "multicluster.linkerd.io/remote-discovery"
)

// original is a Service that a mirror stands for, and what a Link has to select for that.
type original struct {
	name, cluster string
	selector      func(*linkerd.Link) labels.Selector
}

func originals(s *linkerd.Service) []original {
	federated := func(l *linkerd.Link) labels.Selector { return l.Federated }
	if members, ok := s.Annotations[membersKey]; ok {
		var out []original
		for member := range strings.SplitSeq(members, ",") {
			name, cluster, _ := strings.Cut(member, "@")
			out = append(out, original{name, cluster, federated})
		}
		return out
	}
	if cluster, ok := s.Labels[membersKey]; ok {
		return []original{{s.Labels["multicluster.linkerd.io/remote-service"], cluster, func(l *linkerd.Link) labels.Selector { return l.Flat }}}
	}
	cluster := s.Labels["mirror.linkerd.io/cluster-name"]
	return []original{{strings.TrimSuffix(s.Name, "-"+cluster), cluster, func(l *linkerd.Link) labels.Selector { return l.Mirrored }}}
}

func (v *video) mirrorProblems(cluster string, s *linkerd.Service) (out []string) {
	c, byHand := v.clusters[cluster], s.Labels[mirroredKey] == ""
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for i, o := range originals(s) {
		at := slices.IndexFunc(c.Links, func(l *linkerd.Link) bool { return l.Cluster == o.cluster })
		if at < 0 {
			say("no Link to %s", o.cluster)
			continue
		}
		remote := v.clusters[o.cluster].Services[kubernetes.Key{Namespace: s.Namespace, Name: o.name}]
		if remote == nil || !byHand && !o.selector(c.Links[at]).Matches(labels.Set(remote.Labels)) {
			say("%s@%s is not exported in this way", o.name, o.cluster)
			continue
		}
		if !slices.Equal(remote.Ports, s.Ports) {
			say("the ports are not those of %s@%s", o.name, o.cluster)
		}
		if i == 0 {
			if remote.Labels["app"] != s.Labels["app"] {
				say("the labels are not those of %s@%s", o.name, o.cluster)
			}
			for _, key := range slices.Sorted(maps.Keys(remote.Annotations)) {
				if remote.Annotations[key] != s.Annotations[key] {
					say("%s is not that of %s@%s", key, o.name, o.cluster)
				}
			}
		}
		e := c.Endpoints[s.Key]
		if isGateway := strings.HasSuffix(s.Name, "-"+o.cluster) && s.Labels[membersKey] == ""; isGateway != (e != nil && e.Ready) {
			say("gateway %v, Endpoints %v", isGateway, e != nil)
		}
		for _, slice := range c.Slices[s.Key] {
			if slice.Annotations["mirror.linkerd.io/remote-gateway-identity"] != c.Links[at].GatewayIdentity {
				say("the identity is not that of the Link")
			}
			var addresses []string
			for _, entry := range slice.Entries {
				addresses = append(addresses, entry.Addresses...)
			}
			if !slices.Equal(addresses, c.Links[at].GatewayAddresses) {
				say("the addresses are not those of the Link")
			}
		}
	}
	return out
}

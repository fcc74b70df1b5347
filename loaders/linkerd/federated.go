package linkerd

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// seekMembers notes gaps and losses of the members of a federated service. A member of a cluster that is not linked is skipped
// without a word: where the cluster's Links are in the inputs, the name is a mistake, and otherwise nobody knows.
func (s *service) seekMembers() {
	w := s.world
	text, ok := s.Annotations[keyRemoteDiscovery]
	if !ok {
		return
	}
	at := s.At(annotationPath(keyRemoteDiscovery))
	for member := range strings.SplitSeq(text, ",") {
		name, cluster, two := strings.Cut(member, "@")
		switch {
		case !two:
			s.skipped(at, quoted(member)+" is not written as service@cluster")
		case w.linkTo(cluster) == nil && len(w.Links) > 0 && w.fleet.worlds[cluster] == nil:
			s.skipped(at, "no Link of cluster "+w.at.Name+" leads to "+cluster+": the member "+member+" is skipped")
		default:
			s.seek(cluster, name, at)
		}
	}
}

// skipped notes a member that is left out.
func (s *service) skipped(at mesh.Origin, why string) {
	s.losses = append(s.losses, mesh.Loss{Kind: mesh.LossMissing, Takes: mesh.TakesEndpoints, Origin: at, Detail: why})
	s.facts = append(s.facts, &mesh.Fact{
		Kind: mesh.FactDanglingHost, Origin: at, Service: s.public.ID, Resource: s.resource(),
		Message: fmt.Sprintf("The federated service %s/%s in cluster %s lacks a member: %s.", s.Namespace, s.Name, s.world.at.Name, why),
	})
	s.public.Losses = append(s.public.Losses, s.losses[len(s.losses)-1])
}

func (s *service) resource() mesh.Resource {
	r := s.Doc.Resource()
	if _, derived := s.world.derived[s.Key]; !derived {
		r.Cluster = s.world.at.Name
	}
	return r
}

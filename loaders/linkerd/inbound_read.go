package linkerd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Groups of kinds that inbound policy refers to.
const (
	groupGateway  = "gateway.networking.k8s.io"
	groupWorkload = "workload.linkerd.io"
	groupApps     = "apps"
	groupBatch    = "batch"
)

// inboundReaders read what decides meshing and inbound policy, by group/kind. A kind may have a reader
// of its own beside them: pods and routes mean something to clients as well.
var inboundReaders = map[string]func(*reader, *source.Document){
	"/ConfigMap":                              readControlPlane,
	"/Pod":                                    readPodSubject,
	"/ReplicationController":                  readSubject,
	groupApps + "/Deployment":                 readSubject,
	groupApps + "/StatefulSet":                readSubject,
	groupApps + "/DaemonSet":                  readSubject,
	groupApps + "/ReplicaSet":                 readSubject,
	groupBatch + "/Job":                       readSubject,
	groupBatch + "/CronJob":                   readSubject,
	"argoproj.io/Rollout":                     readSubject,
	groupPolicy + "/ServerAuthorization":      readServerAuthorization,
	groupPolicy + "/AuthorizationPolicy":      readAuthorizationPolicy,
	groupPolicy + "/MeshTLSAuthentication":    readMeshTLS,
	groupPolicy + "/NetworkAuthentication":    readNetworks,
	groupPolicy + "/EgressNetwork":            readEgressNetwork,
	groupPolicy + "/HTTPLocalRateLimitPolicy": readRateLimit,
	groupPolicy + "/HTTPRoute":                readInboundRoute,
	groupGateway + "/HTTPRoute":               readInboundRoute,
	groupGateway + "/GRPCRoute":               readInboundRoute,
	groupWorkload + "/ExternalWorkload":       readExternalWorkload,
}

func newInboundObjects() InboundObjects {
	return InboundObjects{
		Subjects:             map[SubjectKey]*Subject{},
		ServerAuthorizations: map[string][]*ServerAuthorization{},
		Policies:             map[string][]*AuthorizationPolicy{},
		Routes:               map[string][]*InboundRoute{},
		MeshTLS:              map[kubernetes.Key]*MeshTLSAuthentication{},
		Networks:             map[kubernetes.Key]*NetworkAuthentication{},
		EgressNetworks:       map[kubernetes.Key]*EgressNetwork{},
		RateLimits:           map[kubernetes.Key]*RateLimit{},
		External:             map[kubernetes.Key]*ExternalWorkload{},
		ControlPlanes:        map[string]*ControlPlane{},
		TrustRoots:           map[string]mesh.Value[string]{},
		left:                 map[SubjectKey]bool{},
	}
}

// settleInbound completes what single documents could not tell, and sorts.
func (r *reader) settleInbound() {
	for key, lender := range r.borrowed {
		if from := r.out.Subjects[lender]; from != nil {
			s := *from
			s.SubjectKey = key
			r.out.Subjects[key] = &s
		}
	}
	r.out.public = publicPods(r.out.Slices)
	for _, list := range r.out.ServerAuthorizations {
		slices.SortFunc(list, func(a, b *ServerAuthorization) int { return cmp.Compare(a.Name, b.Name) })
	}
	for _, list := range r.out.Policies {
		slices.SortFunc(list, func(a, b *AuthorizationPolicy) int { return cmp.Compare(a.Name, b.Name) })
	}
	for _, list := range r.out.Routes {
		slices.SortFunc(list, func(a, b *InboundRoute) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind))
		})
	}
}

// refuse tells that Linkerd does not take an object, or a part of it.
func (r *reader) refuse(doc *source.Document, path, message string) {
	r.tell(mesh.FactInvalid, doc, path, message)
}

// tell adds a fact; false where a document has more than anybody reads.
func (r *reader) tell(kind mesh.FactKind, doc *source.Document, path, message string) bool {
	count := 0
	for _, f := range slices.Backward(r.out.Refused) {
		if f.Origin.In != doc || count == maxProblems {
			break
		}
		count++
	}
	if count == maxProblems {
		return false
	}
	r.out.Refused = append(r.out.Refused, &mesh.Fact{Kind: kind, Origin: mesh.At(doc, path), Resource: doc.Resource(), Message: message})
	return true
}

// admits refuses an object for the first of its faults; false if there is one. What admission refuses
// never reaches the cluster, so it is left out.
func (r *reader) admits(doc *source.Document, faults []fault) bool {
	if len(faults) == 0 {
		return true
	}
	r.out.left[SubjectKey{doc.Kind, keyOf(doc)}] = true
	r.refuse(doc, faults[0].path, "Linkerd refuses "+doc.Kind+" "+keyOf(doc).Namespace+"/"+doc.Name+": "+faults[0].why)
	return false
}

// fault is why admission refuses an object, and where.
type fault struct{ path, why string }

func readServerAuthorization(r *reader, doc *source.Document) {
	o := decode[serverAuthorizationManifest](r, doc)
	if o == nil {
		return
	}
	s := &ServerAuthorization{Meta: newMeta(doc, o.Metadata), Server: o.Spec.Server.Name}
	client := &o.Spec.Client
	var faults []fault
	if s.Server == "" {
		if o.Spec.Server.Selector == nil {
			faults = append(faults, fault{"/spec/server", "it has to name a Server, or to select some"})
		}
		s.Selector = r.selector(doc, "/spec/server/selector", o.Spec.Server.Selector)
	}
	s.Client.Networks, faults = networks(client.Networks, "/spec/client/networks", faults)
	switch tls := client.MeshTLS; {
	case tls == nil && !client.Unauthenticated:
		faults = append(faults, fault{"/spec/client", "it admits nobody: neither meshTLS nor unauthenticated is set"})
	case tls == nil:
	case client.Unauthenticated:
		faults = append(faults, fault{"/spec/client/unauthenticated", "unauthenticated has to be false where meshTLS is set"})
	case tls.UnauthenticatedTLS && len(tls.Identities)+len(tls.ServiceAccounts) > 0:
		faults = append(faults, fault{"/spec/client/meshTLS/unauthenticatedTLS", "unauthenticatedTLS has to be false where identities or serviceAccounts are listed"})
	case tls.UnauthenticatedTLS:
		s.MeshTLS, s.Client.Identities = true, []string{anyIdentity}
	default:
		s.MeshTLS, s.Client.Identities = true, tls.Identities
		faults = append(faults, identityFaults(tls.Identities, "/spec/client/meshTLS/identities")...)
		for _, account := range tls.ServiceAccounts {
			s.Accounts = append(s.Accounts, kubernetes.Key{Namespace: cmp.Or(account.Namespace, s.Namespace), Name: account.Name})
		}
		if len(tls.Identities)+len(tls.ServiceAccounts) == 0 {
			faults = append(faults, fault{"/spec/client/meshTLS", "it admits nobody: no identity and no service account is listed"})
		}
	}
	if r.admits(doc, faults) {
		r.out.ServerAuthorizations[s.Namespace] = append(r.out.ServerAuthorizations[s.Namespace], s)
	}
}

func readAuthorizationPolicy(r *reader, doc *source.Document) {
	o := decode[authorizationPolicyManifest](r, doc)
	if o == nil {
		return
	}
	target := o.Spec.TargetRef
	p := &AuthorizationPolicy{Meta: newMeta(doc, o.Metadata), Kind: targetKind(target), Group: target.Group, Target: target.Name}
	var faults []fault
	switch {
	case p.Kind == "":
		faults = append(faults, fault{"/spec/targetRef/kind", "a targetRef has to be a Server, a Namespace, an HTTPRoute or a GRPCRoute, with its group"})
	case p.Kind == TargetNamespace && target.Name != p.Namespace:
		faults = append(faults, fault{"/spec/targetRef/name", "it cannot be for another namespace than its own"})
	}
	if o.Spec.RequiredAuthenticationRefs == nil {
		faults = append(faults, fault{"/spec", "it has to say what it requires: requiredAuthenticationRefs, which may be empty"})
	}
	counts := map[string]int{}
	for i, ref := range o.Spec.RequiredAuthenticationRefs {
		at := "/spec/requiredAuthenticationRefs/" + strconv.Itoa(i)
		kind := authenticationKind(ref)
		kinds := kind
		if kind == kindServiceAccount {
			kinds = kindMeshTLS // either tells who the caller is
		}
		switch counts[kinds]++; {
		case kind == "":
			faults = append(faults, fault{at + "/kind", "an authentication has to be a MeshTLSAuthentication, a NetworkAuthentication or a ServiceAccount, with its group"})
		case counts[kinds] > 1:
			faults = append(faults, fault{at, "only one authentication of each kind can be required, and a MeshTLSAuthentication and a ServiceAccount not together"})
		}
		p.Refs = append(p.Refs, AuthenticationRef{
			Key: kubernetes.Key{Namespace: cmp.Or(ref.Namespace, p.Namespace), Name: ref.Name}, Kind: kind, Origin: p.At(at),
		})
	}
	if r.admits(doc, faults) {
		r.out.Policies[p.Namespace] = append(r.out.Policies[p.Namespace], p)
	}
}

// Kinds of authentications.
const (
	kindMeshTLS        = "MeshTLSAuthentication"
	kindNetworks       = "NetworkAuthentication"
	kindServiceAccount = "ServiceAccount"
)

// is compares a reference with a kind, as the policy controller does: without regard to case, and the
// core group can be left out or called core.
func (ref reference) is(group, kind string) bool {
	if !strings.EqualFold(ref.Kind, kind) {
		return false
	}
	if group == "" {
		return ref.Group == "" || strings.EqualFold(ref.Group, "core")
	}
	return strings.EqualFold(ref.Group, group)
}

func targetKind(ref reference) TargetKind {
	switch {
	case ref.is(groupPolicy, string(TargetServer)):
		return TargetServer
	case ref.is("", string(TargetNamespace)):
		return TargetNamespace
	case ref.is(groupPolicy, string(TargetHTTPRoute)), ref.is(groupGateway, string(TargetHTTPRoute)):
		return TargetHTTPRoute
	case ref.is(groupGateway, string(TargetGRPCRoute)):
		return TargetGRPCRoute
	}
	return ""
}

func authenticationKind(ref reference) string {
	switch {
	case ref.is(groupPolicy, kindMeshTLS):
		return kindMeshTLS
	case ref.is(groupPolicy, kindNetworks):
		return kindNetworks
	case ref.is("", kindServiceAccount):
		return kindServiceAccount
	}
	return ""
}

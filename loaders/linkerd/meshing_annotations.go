package linkerd

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/passmuster/muster/mesh"
)

// checks say of the annotations of pods and namespaces why a value is none, and what happens then; "" for a
// good one. The injector writes a line in its log at most (linkerd2 pkg/inject, values.go; proxy-init cmd).
var checks = map[string]func(value string) string{
	annotationInject: func(v string) string {
		return unless(isInject(v), "it has to be enabled, ingress or disabled; any other value keeps the proxy out, as disabled does")
	},
	annotationDefaultPolicy: func(v string) string {
		_, ok := parsePolicy(v)
		return unless(ok, "it has to be "+policyNames+"; Linkerd ignores it, and the default of the control plane holds")
	},
	annotationSkipInbound:     checkPorts,
	annotationSkipOutbound:    checkPorts,
	annotationRequireIdentity: checkPortSet,
	annotationSkipSubnets: func(v string) string {
		_, bad := parseSubnets(v)
		return unless(len(bad) == 0, "it has to be a list of networks such as 10.0.0.0/8; proxy-init stops with an error, and the pods do not start")
	},
	"config.linkerd.io/proxy-await": func(v string) string {
		return unless(v == injectEnabled || v == injectDisabled, "it has to be enabled or disabled; the injector ignores it")
	},
	"config.linkerd.io/proxy-enable-native-sidecar":                   checkBool,
	"config.beta.linkerd.io/proxy-enable-native-sidecar":              checkBool,
	"config.alpha.linkerd.io/proxy-enable-native-sidecar":             checkBool,
	annotationGatewayProxy:                                            checkBool,
	"config.linkerd.io/enable-external-profiles":                      checkBool,
	"config.linkerd.io/shutdown-grace-period":                         checkDuration,
	"config.linkerd.io/proxy-outbound-connect-timeout":                checkDuration,
	"config.linkerd.io/proxy-inbound-connect-timeout":                 checkDuration,
	"config.linkerd.io/proxy-outbound-discovery-cache-unused-timeout": checkDuration,
	"config.linkerd.io/proxy-inbound-discovery-cache-unused-timeout":  checkDuration,
	"config.alpha.linkerd.io/proxy-wait-before-exit-seconds": func(v string) string {
		_, err := strconv.ParseUint(v, 10, 64)
		return unless(err == nil, "it has to be a whole number of seconds; the injector ignores it, and the proxy does not wait")
	},
	"config.linkerd.io/proxy-cpu-request":    checkQuantity,
	"config.linkerd.io/proxy-cpu-limit":      checkQuantity,
	"config.linkerd.io/proxy-memory-request": checkQuantity,
	"config.linkerd.io/proxy-memory-limit":   checkQuantity,
	"config.linkerd.io/proxy-additional-env": func(v string) string {
		return unless(json.Valid([]byte(v)) && strings.HasPrefix(strings.TrimSpace(v), "["), "it has to be a list of variables in JSON; the proxy does not get them")
	},
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func checkBool(v string) string {
	_, err := strconv.ParseBool(v)
	return unless(err == nil, "it has to be true or false; the injector ignores it")
}

func checkDuration(v string) string {
	_, err := time.ParseDuration(v)
	return unless(err == nil, "it has to be a duration such as 500ms or 1m30s; the injector ignores it, and the default holds")
}

func checkQuantity(v string) string {
	_, err := resource.ParseQuantity(v)
	return unless(err == nil, "it has to be an amount such as 100m or 64Mi; the injector ignores it")
}

func checkPorts(v string) string {
	l := parsePortList(v, mesh.Origin{}, nil)
	return unless(len(l.Ignored) == 0, "it has to be a list of ports and ranges such as 4567,8000-8010; what is neither is ignored")
}

// checkPortSet: the policy controller takes all or nothing.
func checkPortSet(v string) string {
	l := parsePortList(v, mesh.Origin{}, nil)
	bad := slices.ContainsFunc(l.Ignored, func(part string) bool { return part != "" })
	return unless(!bad, "it has to be a list of ports and ranges such as 8443,9000-9010; Linkerd ignores the whole list, and no port requires an identity")
}

// annotationFacts tells of the annotations of pods, or of a namespace, whose values are none.
func annotationFacts(annotations map[string]string, at func(key string) mesh.Origin, resource mesh.Resource) []*mesh.Fact {
	var out []*mesh.Fact
	for key, check := range checks {
		value, ok := annotations[key]
		if !ok {
			continue
		}
		if why := check(value); why != "" {
			out = append(out, &mesh.Fact{Kind: mesh.FactInvalid, Origin: at(key), Resource: resource,
				Message: "The annotation " + key + " says " + quoted(value) + ", and " + why})
		}
	}
	slices.SortFunc(out, func(a, b *mesh.Fact) int { return cmp.Compare(a.Origin.Path, b.Origin.Path) })
	return out
}

// misplaced tells of a workload that asks for a proxy, or against it, where nobody looks: in its own metadata,
// and not in those of its pods. Only a value that would change something is told.
func (c *Cluster) misplaced(s *Subject) *mesh.Fact {
	value, said := s.own[annotationInject]
	if _, also := s.Annotations[annotationInject]; !said || also || !isInject(value) || value == "" {
		return nil
	}
	meshed, known := c.meshed(s).Get()
	if !known || meshed == isInjecting(value) || s.HostNetwork || !s.Sidecar.IsZero() {
		return nil
	}
	what := "its pods get no proxy"
	if meshed {
		what = "its pods get a proxy nevertheless"
	}
	return &mesh.Fact{Kind: mesh.FactInvalid, Origin: mesh.At(s.doc, annotationPath(annotationInject)), Resource: s.doc.Resource(),
		Message: "The annotation " + annotationInject + " stands in the metadata of the " + s.Kind + ", where Linkerd does not look, and " + what + ": write it in the pod template"}
}

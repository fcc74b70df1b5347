package fix

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/mesh"
)

// ruleNotVisible shows a rule to the callers that it was written for.
func ruleNotVisible(c *Case) []Proposal {
	if !c.isRule() || c.Cause.Loss != mesh.LossNotVisible {
		return nil
	}
	switch c.Path {
	case "/spec/exportTo":
		return export(c)
	case "/spec/host":
		return moveRule(c)
	}
	return nil
}

// export adds the namespaces of the callers. "~" hides a rule from everybody: somebody meant that.
func export(c *Case) []Proposal {
	list := texts(c.Doc, c.Path)
	if len(list) == 0 || slices.Contains(list, "~") {
		return nil
	}
	p := Proposal{Safety: Safe}
	var names []string
	for _, namespace := range c.callers() {
		if namespace != "" && !slices.Contains(list, namespace) {
			names = append(names, namespace)
			p.Steps = append(p.Steps, Step{c.Doc, edit.Op{Kind: edit.Append, Path: c.Path, Value: namespace}})
		}
	}
	if len(names) == 0 {
		return nil
	}
	p.Description = "export the rule to " + strings.Join(names, ", ")
	return []Proposal{p}
}

// moveRule puts a rule that nobody looks for into the namespace of the service, if that has none of its name or for its
// host.
func moveRule(c *Case) []Proposal {
	if c.Service == nil || !slices.Contains(c.Service.Hosts, text(c.Doc, "/spec/host")) {
		return nil // a short name means another host elsewhere
	}
	to := c.Service.Namespace
	if to == "" || to == c.Doc.Namespace || text(c.Doc, "/metadata/namespace") != c.Doc.Namespace {
		return nil
	}
	if read(c.Doc, "/spec/workloadSelector") != nil || len(texts(c.Doc, "/spec/exportTo")) > 0 {
		return nil // they mean something else in another namespace
	}
	known := false
	for d := range c.Fleet.Documents() {
		known = known || d.Namespace == to && d.Kind != c.Doc.Kind
		if d.Kind == c.Doc.Kind && d.Namespace == to && (d.Name == c.Doc.Name || text(d, "/spec/host") == text(c.Doc, "/spec/host")) {
			return nil
		}
	}
	if !known {
		return nil
	}
	return c.safely("move the rule to namespace "+to+", that of the service", edit.Op{Path: "/metadata/namespace", Value: to})
}

// noDestination repairs what takes the standby away, where the fleet itself says what is right.
func noDestination(c *Case) []Proposal {
	switch c.Cause.Loss {
	case mesh.LossClientTLS:
		return meshTLS(c)
	case mesh.LossNoGateway:
		return labelGateway(c)
	}
	return nil
}

// meshTLS turns DISABLE into the mesh's mTLS. Other modes, and settings beside the mode, mean that somebody else ends
// TLS.
func meshTLS(c *Case) []Proposal {
	var tls map[string]json.RawMessage
	if !c.isRule() || !strings.HasSuffix(c.Path, "/tls/mode") || text(c.Doc, c.Path) != "DISABLE" ||
		json.Unmarshal(read(c.Doc, parent(c.Path)), &tls) != nil || len(tls) != 1 {
		return nil
	}
	return c.safely("set the tls mode to ISTIO_MUTUAL", edit.Op{Path: c.Path, Value: "ISTIO_MUTUAL"})
}

// labelGateway names the network that an east-west gateway leads into: that of its cluster.
// Istio: a gateway of a network is the Service that bears topology.istio.io/network.
func labelGateway(c *Case) []Proposal {
	cluster := c.cluster()
	if c.Doc.Kind != "Service" || c.Path != "/metadata/labels" || cluster == nil || cluster.Network == "" || text(c.Doc, "/metadata/labels/istio") != "eastwestgateway" {
		return nil
	}
	return c.safely("label the gateway with its network, "+cluster.Network,
		edit.Op{Kind: edit.Insert, Path: c.Path, Key: mesh.LabelNetwork, Value: cluster.Network})
}

// exposed suggests to give pods a proxy; somebody took it away.
func exposed(c *Case) []Proposal {
	if base(c.Path) == "sidecar.istio.io~1inject" && text(c.Doc, c.Path) == "false" {
		return c.suggest("do the pods work with a proxy? somebody took it away", "remove the label that keeps the proxy out",
			edit.Op{Kind: edit.Remove, Path: c.Path})
	}
	return meshTLS(c)
}

// rollbackHistory takes out a limit of zero, so that Kubernetes' default of ten revisions holds.
// Kubernetes: DeploymentSpec.revisionHistoryLimit, "Defaults to 10".
func rollbackHistory(c *Case) []Proposal {
	if c.Path != "/spec/revisionHistoryLimit" || string(read(c.Doc, c.Path)) != "0" {
		return nil
	}
	return c.safely("remove revisionHistoryLimit: 0, so that ten revisions are kept", edit.Op{Kind: edit.Remove, Path: c.Path})
}

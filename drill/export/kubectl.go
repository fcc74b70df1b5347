package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/plan"
)

// kubectl writes commands as comments, a script for each cluster, and the NetworkPolicies of a partition.
func (w *writer) kubectl() {
	for _, cluster := range w.clusters() {
		s := &script{w: w, context: cluster}
		s.line(w.head([]string{
			"Every step is a comment: read it, then run it by hand. Commands assume a context of kubectl with the name of the cluster.",
		}))
		for _, mode := range w.plan.Scenario.FaultModes {
			s.say("")
			switch mode {
			case "crash":
				s.crash()
			case "partition":
				s.partition()
			case "hang":
				s.say("hang: kubectl cannot. The first process of a container ignores SIGSTOP from within it, ephemeral containers included; send it on the node.")
				w.warn("hang: kubectl cannot stop a process: the first one of a container ignores SIGSTOP from within; send it on the node (driver sigstop)")
			case "error":
				s.say("error: kubectl cannot make a service answer errors.")
				w.warn("error: kubectl cannot make a service answer errors")
			}
		}
		file := name(cluster, "steps") + ".sh"
		w.out.Files = append(w.out.Files, File{Name: file, Data: []byte(s.text.String())})
	}
}

// script is a list of commented commands for one cluster.
type script struct {
	w       *writer
	context string
	text    strings.Builder
}

func (s *script) line(text string) { s.text.WriteString(text) }

func (s *script) say(text string) {
	s.text.WriteString(strings.TrimRight("# "+inert(text), " ") + "\n")
}

// run adds a command; every word is quoted, so that no name becomes another command when the comment goes.
func (s *script) run(words ...string) {
	line := []string{"kubectl"}
	if s.context != "" {
		line = append(line, "--context", s.context)
	}
	line = append(line, words...)
	for i, word := range line {
		line[i] = quoted(word)
	}
	s.say("  " + strings.Join(line, " "))
}

func quoted(word string) string {
	odd := strings.IndexFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@", r))
	})
	if word != "" && odd < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(inert(word), "'", `'\''`) + "'"
}

// crash keeps nodes from taking new pods and kills those that there are, or scales workloads to nothing.
func (s *script) crash() {
	if len(s.w.places()) == 0 {
		s.say("crash: scale the workloads to nothing. Note what they have first: the way back needs it.")
		for _, t := range s.w.targets(s.context) {
			object := strings.ToLower(t.Kind) + "/" + t.Name
			s.run("-n", t.Namespace, "get", object, "-o", "jsonpath={.spec.replicas}")
			s.run("-n", t.Namespace, "scale", object, "--replicas=0")
		}
		s.say("undo:")
		for _, t := range s.w.targets(s.context) {
			s.run("-n", t.Namespace, "scale", strings.ToLower(t.Kind)+"/"+t.Name, "--replicas=NUMBER-FROM-ABOVE")
		}
		s.w.warn("crash: pods that are scaled away are withdrawn in order: it is gentler than a crash")
		return
	}
	for _, p := range s.w.places() {
		if p.cluster != "" && p.cluster != s.context {
			continue
		}
		var selector []string
		nodes := p.nodes()
		for _, key := range slices.Sorted(maps.Keys(nodes)) {
			selector = append(selector, key+"="+nodes[key])
		}
		choose := []string{"--all"}
		if len(selector) > 0 {
			choose = []string{"-l", strings.Join(selector, ",")}
		}
		s.say("crash: no node of the place takes new pods, and the pods that run there are killed without grace.")
		if p.cluster != "" {
			s.run(append([]string{"cordon"}, "-l", "kubernetes.io/hostname")...)
		} else {
			s.run(append([]string{"cordon"}, choose...)...)
		}
		for _, ns := range s.w.namespaces() {
			s.say(fmt.Sprintf("in %s, on those nodes alone (kubectl get pods -o wide tells which):", ns))
			s.run("-n", ns, "delete", "pods", "--force", "--grace-period=0", "--wait=false", "--field-selector=spec.nodeName=NODE")
		}
		s.say("undo:")
		if p.cluster != "" {
			s.run(append([]string{"uncordon"}, "-l", "kubernetes.io/hostname")...)
		} else {
			s.run(append([]string{"uncordon"}, choose...)...)
		}
	}
	s.w.warn("crash: kubectl drain would withdraw endpoints before anything fails; pods are deleted without grace instead. Nodes and the control plane live on")
}

// partition cuts pods off by NetworkPolicies.
func (s *script) partition() {
	var policies []map[string]any
	add := func(namespace string, t *plan.Target) {
		selector := map[string]any{}
		id := name(s.w.plan.Metadata.ID, "partition")
		if t != nil {
			selector["matchLabels"] = t.Labels
			id = name(s.w.plan.Metadata.ID, "partition", t.Name)
		}
		policies = append(policies, map[string]any{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": map[string]any{"name": id, "namespace": namespace, "labels": map[string]any{"drill": name(s.w.plan.Metadata.ID)}},
			"spec":     map[string]any{"podSelector": selector, "policyTypes": []any{"Ingress", "Egress"}},
		})
	}
	whole := slices.ContainsFunc(s.w.places(), func(p place) bool { return p.zone == "" })
	switch {
	case whole:
		for _, ns := range s.w.namespaces() {
			add(ns, nil)
		}
	case len(s.w.places()) > 0:
		s.say("partition: a NetworkPolicy knows no zones: kubectl cannot cut one off.")
		s.w.warn("partition: a NetworkPolicy knows no zones: kubectl cannot cut one off")
		return
	default:
		for _, t := range s.w.targets(s.context) {
			if len(t.Labels) > 0 {
				add(t.Namespace, &t)
			}
		}
	}
	if len(policies) == 0 {
		s.say("partition: the plan names no workloads with labels (fault.targets).")
		s.w.warn("partition: the plan names no workloads with labels (fault.targets)")
		return
	}
	file := fileName(s.context, "partition")
	s.w.objects(file, []string{"Policies that allow something add to these: where a namespace has some, what they allow stays open.",
		"The network plugin has to enforce them, and may let connections live that exist already."}, policies...)
	s.say("partition: apply the NetworkPolicies beside this file.")
	s.run("apply", "-f", file)
	s.say("undo:")
	s.run("delete", "-f", file)
	s.w.warn("partition: NetworkPolicies act only where the network plugin enforces them, they may let connections live that exist already, and policies that allow something stay in force; a cluster that spans several regions is cut off as a whole")
}

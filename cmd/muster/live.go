package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/cluster"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
)

// live are the flags of a scan of running clusters.
type live struct {
	Contexts   []string // of kubeconfig; each is a cluster
	Kubeconfig string
	Namespaces []string
	Overlay    []string // directories whose objects take the place of the clusters'
}

func (l *live) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&l.Contexts, "kube-context", nil, "read the running cluster of this `CONTEXT` of the kubeconfig in place of files; may be given several times. NAME=CONTEXT gives the cluster another name")
	f.StringVar(&l.Kubeconfig, "kubeconfig", "", "the kubeconfig `FILE` (default: $KUBECONFIG, then ~/.kube/config)")
	f.StringSliceVar(&l.Namespaces, "kube-namespace", nil, "read only these `NAMESPACE`s of the clusters, and what belongs to none")
	f.StringArrayVar(&l.Overlay, "overlay", nil, "lay the objects of this `DIR` over the running cluster, as if they were applied; CLUSTER=DIR where several are read")
}

// on reports whether running clusters are read.
func (l *live) on() bool { return len(l.Contexts) > 0 }

// check finds mistakes that show without a cluster.
func (l *live) check(paths []string) error {
	switch {
	case l.on() && len(paths) > 0:
		return usagef("--kube-context reads running clusters; give files to lay over them with --overlay, not as PATH")
	case !l.on() && len(l.Overlay) > 0:
		return usagef("--overlay goes with --kube-context")
	case !l.on() && l.Kubeconfig != "":
		return usagef("--kubeconfig goes with --kube-context")
	}
	return nil
}

// read asks all clusters at once. One that cannot be asked at all ends the run: a fleet without it would be another fleet.
func (l *live) read(ctx context.Context, s streams) ([]fleet.Live, error) {
	found, errs := make([]fleet.Live, len(l.Contexts)), make([]error, len(l.Contexts))
	var wg sync.WaitGroup
	for i, given := range l.Contexts {
		name, kubeContext := cutName(given)
		wg.Go(func() { found[i], errs[i] = l.one(ctx, name, kubeContext) })
	}
	wg.Wait()
	for _, err := range errs {
		if exit, ok := errors.AsType[*exitError](err); ok {
			return nil, exit
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, &exitError{exitUnreadable, err.Error(), err}
	}
	seen := map[string]bool{}
	for _, f := range found {
		if seen[f.Cluster] {
			return nil, usagef("two clusters are named %s; NAME=CONTEXT gives one another name", f.Cluster)
		}
		seen[f.Cluster] = true
		fmt.Fprintln(s.err, report.Printable(fmt.Sprintf("muster: cluster %s: %d objects", f.Cluster, len(f.Docs))))
	}
	return found, nil
}

func (l *live) one(ctx context.Context, name, kubeContext string) (fleet.Live, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = l.Kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: kubeContext}).ClientConfig()
	if err != nil {
		return fleet.Live{}, usagef("--kube-context %s: %w", kubeContext, err)
	}
	config.UserAgent = "muster/" + version()
	snapshot, err := cluster.Read(ctx, config, cluster.Options{
		Name: name, Reads: fleet.Reads, ReadsGroup: fleet.ReadsGroup, Namespaces: l.Namespaces, Timeout: 30 * time.Second,
	})
	if err != nil {
		return fleet.Live{}, err
	}
	out := fleet.Live{Cluster: name, Docs: snapshot.Docs, Broken: snapshot.Broken}
	for _, m := range snapshot.Missing {
		out.Missing = append(out.Missing, fleet.LiveMissing{Namespace: m.Namespace, What: m.String()})
	}
	return out, nil
}

// overlays are the directories to lay over clusters.
func (l *live) overlays() ([]source.Input, error) {
	var list []source.Input
	for _, given := range l.Overlay {
		name, dir := cutName(given)
		switch {
		case name != dir:
		case len(l.Contexts) > 1:
			return nil, usagef("--overlay %s: several clusters are read; CLUSTER=DIR tells over which it is laid", given)
		default:
			name, _ = cutName(l.Contexts[0])
		}
		list = append(list, source.Input{Path: dir, Cluster: name})
	}
	return list, nil
}

// cutName splits NAME=VALUE; a value without a name is its own. Names of contexts may hold "=" only where a name is given.
func cutName(given string) (name, value string) {
	if name, value, ok := strings.Cut(given, "="); ok {
		return name, value
	}
	return given, given
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/xds"
)

// proxyFlags name what proxies held, to be compared with what their control plane announced: a proxy that missed an update fails
// over by the old one.
type proxyFlags struct{ Announced, Proxies []string }

func (f *proxyFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.Announced, "announced", nil, "`FILE` of xDS resources that the prediction rests on, repeatable")
	flags.StringArrayVar(&f.Proxies, "proxy", nil, "`FILE` with an Envoy's config_dump or clusters?format=json, to be held against --announced (D19), repeatable")
}

// compare holds every proxy's file against what was announced.
func (f *proxyFlags) compare() ([]audit.Live, error) {
	switch {
	case len(f.Announced) == 0 && len(f.Proxies) == 0:
		return nil, nil
	case len(f.Announced) == 0 || len(f.Proxies) == 0:
		return nil, usagef("--announced and --proxy go together")
	}
	announced, err := readXDS(f.Announced...)
	if err != nil {
		return nil, err
	}
	var all []audit.Live
	for _, path := range f.Proxies {
		held, err := readXDS(path)
		if err != nil {
			return nil, err
		}
		compared := xds.Compare(announced, held)
		if len(held.Clusters) == 0 && len(held.Statuses) == 0 {
			return nil, &exitError{exitUnreadable, path + ": it holds no clusters of an Envoy", nil}
		}
		live := audit.Live{Source: path}
		for _, d := range compared.Differences {
			live.Differs = append(live.Differs, differing(d))
		}
		for _, d := range xds.CompareStatus(announced, held) {
			if !strings.HasPrefix(d.What, "use of ") { // how hosts fare is no configuration
				live.Differs = append(live.Differs, differing(d))
			}
		}
		all = append(all, live)
	}
	return all, nil
}

func differing(d xds.Difference) string {
	text := fmt.Sprintf("cluster %s, %s: announced %s, held %s", d.Cluster, d.What, d.Scanned, d.Live)
	if d.At.File != "" {
		text += " (" + d.At.String() + ")"
	}
	return text
}

func readXDS(paths ...string) (*xds.Content, error) {
	all := &xds.Content{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, &exitError{exitUnreadable, err.Error(), err}
		}
		content, diags := xds.Parse(path, data, source.Options{})
		if len(diags) > 0 {
			return nil, &exitError{exitUnreadable, diags[0].Error(), errors.New("xDS")}
		}
		all = xds.Join(all, content)
	}
	return all, nil
}

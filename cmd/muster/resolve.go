package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/resolution"
)

// resolveOptions are the arguments and flags of muster resolve.
type resolveOptions struct {
	inputs
	outputFlags
	clientFlags
	Hosts []string
}

func newResolve(s streams) *cobra.Command {
	o := &resolveOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "resolve --client NAMESPACE[/WORKLOAD] [PATH…]",
		Short: "Show what one client knows: routes, tiers, detection, TLS, and the deciding lines",
		Long: `Show, from files, what istioctl proxy-config shows of a live proxy: for one client,
each destination with its tiers of endpoints, what ejects them, what is spoken to
them, the routes that lead there, and which line decided.

With the name of a workload its labels, place and network are taken from the
inputs; flags outweigh them. With a namespace alone, the flags say it all. A client of
a Consul mesh is a service of a datacenter: --client default/NAME, or its name alone, and
--cluster DATACENTER where several have it.
` + pathHelp,
		Example: `  muster resolve --client shop/cart --cluster east
  muster resolve --client shop --cluster east --locality us-east-1/us-east-1a --host 'pay*'
  muster resolve --client payments --cluster dc1 -o text
  muster resolve --client shop/cart --cluster east -o json=cart.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runResolve(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.live.register(cmd)
	o.outputFlags.register(cmd, "json", "text")
	o.clientFlags.register(cmd)
	cmd.Flags().StringSliceVar(&o.Hosts, "host", nil, "only destinations whose host matches these `GLOB`s")
	return cmd
}

func runResolve(ctx context.Context, o *resolveOptions) error {
	if len(o.Outputs) == 0 {
		o.Outputs = []string{"json"}
	}
	outputs, err := o.parse("json", "text")
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	p := startProgress(o.err)
	p.at("reading the inputs")
	f, err := o.load(ctx)
	p.end()
	if err != nil {
		return err
	}
	o.warn(f)
	if f.Inputs.Resources == 0 {
		return o.incomplete(f)
	}
	c, err := o.client(f.Graph)
	if err != nil {
		return err
	}
	compiler := f.Graph.Compilers[c.Mesh]
	if compiler == nil {
		return usagef("cluster %s is in no mesh whose proxies muster can resolve", c.Cluster)
	}
	answer := resolution.Of(compiler.Resolve(c), resolution.Options{Origins: true, Mesh: f.Graph.Mesh(c.Mesh).Kind, Inbound: len(c.Workloads) > 0})
	o.filter(&answer)
	err = o.write(o.out, outputs,
		format{"json", func(w io.Writer, _ report.Terminal) error { return resolveJSON(w, f.Graph.Mesh(c.Mesh), answer) }},
		format{"text", func(w io.Writer, t report.Terminal) error { return report.ResolutionText(w, t, about(c), answer) }})
	if err != nil {
		return err
	}
	return o.incomplete(f)
}

// resolveJSON writes the form of the recorded vectors: the version of the mesh, and clients.
func resolveJSON(w io.Writer, m *mesh.Mesh, c resolution.Client) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{string(m.Kind): m.Version, "clients": []resolution.Client{c}}); err != nil {
		return err
	}
	_, err := w.Write(report.EscapeJSON(buf.Bytes()))
	return err
}

func about(c *mesh.Client) string {
	text := fmt.Sprintf("%s in cluster %s", c.Kind, c.Cluster)
	if !c.Locality.IsZero() {
		text += ", " + c.Locality.String()
	}
	if c.Network != "" {
		text += ", network " + c.Network
	}
	return text
}

// filter keeps the destinations and routes of --host.
func (o *resolveOptions) filter(c *resolution.Client) {
	if len(o.Hosts) == 0 {
		return
	}
	other := func(host string) bool {
		return !slices.ContainsFunc(o.Hosts, func(glob string) bool { return matches(glob, host) })
	}
	c.Destinations = slices.DeleteFunc(c.Destinations, func(d resolution.Destination) bool { return other(d.Host) })
	c.Routes = slices.DeleteFunc(c.Routes, func(r resolution.Route) bool { return other(r.Host) })
	c.TCP = slices.DeleteFunc(c.TCP, func(r resolution.TCP) bool { return other(r.Host) })
}

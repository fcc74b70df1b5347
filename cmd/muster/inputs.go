package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
)

// inputs are the arguments and flags that say what to read; every verb that reads a fleet has
// them.
type inputs struct {
	Paths            []string
	Config, Cluster  string
	Include, Exclude []string
	Values, Set      []string // for the one chart among the PATHs
	NoIgnore         bool
	Unreadable       string
	AllowEmpty       bool
	Strict           bool // of scan only
	Timeout          time.Duration

	live live // running clusters in place of files

	narrowed bool // less is read than the config declares
	// root is the directory that stands for the working directory: that of another state of the files; "" = itself.
	root string
	// judgedBy is a config to use in place of that of the files, where judged is set; nil = none.
	judgedBy *config.Config
	judged   bool
	// standards are those of another state by which this one is judged; nil = its own.
	standards *fleet.Standards

	// kept are the texts of files that the fleet keeps anyway; nil = none.
	kept func(file string) ([]byte, bool)

	streams
	stdin bytes.Buffer // what was read from it, for snippets
}

// pathHelp is the part of a verb's help that tells how PATH and muster.yaml go together.
const pathHelp = `
A PATH is a file, a directory, or - for standard input; without one it is the
working directory. The muster.yaml in a PATH, or the nearest one above it up to
the root of the git repository, says what the fleet is made of. Its sources are
those of its clusters, and the root modules of its environments:

  * PATH is its folder, or lies in one of its sources: all its sources are read,
    because what a service survives depends on every cluster. So they are where
    --config FILE is given and no PATH.
  * PATH is none of its sources: PATH is read on its own, and the config has no
    say (stderr tells so). --config FILE makes it have one.
  * It declares no sources, or --cluster is given, or PATH is -: the PATHs are
    read, and its meshes, clusters, objectives and rules hold for them.

--config none reads the PATHs with no config at all.`

func (in *inputs) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&in.Config, "config", "", "`FILE` to use in place of the nearest muster.yaml, or none")
	f.StringSliceVar(&in.Include, "include", nil, "read only files that match these `GLOB`s (** is any number of folders)")
	f.StringSliceVar(&in.Exclude, "exclude", nil, "leave out files that match these `GLOB`s")
	f.StringArrayVarP(&in.Values, "values", "f", nil, "a `FILE` of values for the one Helm chart among the PATHs; may be given several times")
	f.StringArrayVar(&in.Set, "set", nil, "`KEY=VALUE` for that chart, as helm takes it; may be given several times")
	f.BoolVar(&in.NoIgnore, "no-ignore", false, "read files that .gitignore leaves out, too")
	f.StringVar(&in.Unreadable, "unreadable", "", "`HOW` to take an input that cannot be read: error (exit code 3) or warn (default error)")
	f.BoolVar(&in.AllowEmpty, "allow-empty", false, "succeed if there is nothing to audit")
	f.DurationVar(&in.Timeout, "timeout", 0, "give up after this long, as 30s or 2m")
	complete(cmd, "unreadable", "error", "warn")
}

// registerCluster is apart: to muster resolve, --cluster is that of the client.
func (in *inputs) registerCluster(cmd *cobra.Command) {
	cmd.Flags().StringVar(&in.Cluster, "cluster", "", "the `NAME` of the cluster that the PATHs belong to")
}

// within bounds a run by --timeout.
func (in *inputs) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if in.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, in.Timeout, fmt.Errorf("%s are over (--timeout)", in.Timeout))
}

// load reads the fleet. What was read is judged by incomplete, after the report is written.
func (in *inputs) load(ctx context.Context) (*fleet.Fleet, error) {
	if err := in.checkUnreadable(); err != nil {
		return nil, err
	}
	cfg, paths, err := in.plan()
	if err != nil {
		return nil, err
	}
	return in.readFleet(ctx, cfg, paths, nil)
}

func (in *inputs) checkUnreadable() error {
	if !slices.Contains([]string{"", "error", "warn"}, in.Unreadable) {
		return usagef("--unreadable %q: want error or warn", in.Unreadable)
	}
	return nil
}

// readFleet reads what plan found; contents of overlay stand in for those of files.
func (in *inputs) readFleet(ctx context.Context, cfg *config.Config, paths []source.Input, overlay map[string][]byte) (*fleet.Fleet, error) {
	stdin := io.TeeReader(in.streams.in, &in.stdin)
	if in.stdin.Len() > 0 { // it was read before
		stdin = bytes.NewReader(in.stdin.Bytes())
	}
	f, err := orStop(ctx, func() (*fleet.Fleet, error) {
		live, err := in.live.read(ctx, in.streams)
		if err != nil {
			return nil, err
		}
		return fleet.Load(ctx, fleet.Options{Config: cfg, Inputs: paths, Live: live, Values: in.Values, Set: in.Set, Strict: in.Strict, Standards: in.standards, Source: source.Options{
			Include: in.Include, Exclude: in.Exclude, NoIgnore: in.NoIgnore, Stdin: stdin, Overlay: overlay, Root: in.root,
		}})
	})
	var exit *exitError
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, stopped(ctx, err)
	case errors.As(err, &exit):
		return nil, err
	case err != nil:
		return nil, usagef("%w", err)
	}
	return f, nil
}

// planLive is plan for running clusters: the config of the working directory names meshes and promises, and what is laid over
// the clusters are the only files.
func (in *inputs) planLive() (*config.Config, []source.Input, error) {
	over, err := in.live.overlays()
	if err != nil {
		return nil, nil, err
	}
	for _, o := range over {
		if _, err := os.Stat(in.at(o.Path)); err != nil {
			return nil, nil, usagef("--overlay: %s does not exist", o.Path)
		}
	}
	cfg, err := in.loadConfig([]string{"."})
	return cfg, over, err
}

// orStop is the result of do, or the end of ctx, whichever comes first. Not every step of a run
// looks at ctx, and none may keep a process that was told to stop: what do still does is then of
// no interest to anybody.
func orStop[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// at is a path as the process has to name it.
func (in *inputs) at(path string) string {
	if in.root == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(in.root, path)
}

// plan finds the config that holds for the paths, and what to read: no inputs means the sources
// of the config.
func (in *inputs) plan() (*config.Config, []source.Input, error) {
	if err := in.live.check(in.Paths); err != nil {
		return nil, nil, err
	}
	if in.live.on() {
		return in.planLive()
	}
	paths := in.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, p := range paths {
		if _, err := os.Stat(in.at(p)); p != "-" && errors.Is(err, fs.ErrNotExist) {
			return nil, nil, usagef("%s does not exist", p)
		}
	}
	cfg, err := in.loadConfig(paths)
	if err != nil {
		return nil, nil, err
	}
	var read []source.Input
	for _, p := range paths {
		read = append(read, source.Input{Path: p, Cluster: in.Cluster})
	}
	if cfg == nil {
		return nil, read, nil
	}
	if err := in.checkCluster(cfg); err != nil {
		return nil, nil, err
	}
	in.narrowed = hasSources(cfg)
	if in.Cluster != "" || !hasSources(cfg) || slices.Contains(paths, "-") {
		return cfg, read, nil
	}
	if len(in.Paths) == 0 && in.Config != "" {
		paths = nil // the config alone is named, wherever it is
	}
	var strangers []string
	for _, p := range paths {
		if !belongs(cfg, in.at(p)) {
			strangers = append(strangers, p)
		}
	}
	switch {
	case len(strangers) == 0:
		in.narrowed = false
		return cfg, nil, nil
	case len(strangers) < len(paths):
		return nil, nil, usagef("%s is no source of %s, and other paths are; audit them in two runs", strings.Join(strangers, ", "), cfg.File)
	case in.Config != "":
		return cfg, read, nil
	}
	fmt.Fprintln(in.err, report.Printable(fmt.Sprintf("muster: %s is no source of %s and is read without it; --config %s applies it",
		strings.Join(paths, ", "), cfg.File, cfg.File)))
	return nil, read, nil
}

// loadConfig reads the config that holds for the paths; nil = there is none.
func (in *inputs) loadConfig(paths []string) (*config.Config, error) {
	if in.judged {
		return in.judgedBy, nil
	}
	file, err := in.configFile(paths)
	if err != nil || file == "" {
		return nil, err
	}
	cfg, err := config.Load(file, in.at("."))
	if err != nil {
		return nil, &exitError{exitUsage, err.Error(), err}
	}
	return cfg, nil
}

// configFile is --config, or the one file that holds for all paths, or "".
func (in *inputs) configFile(paths []string) (string, error) {
	switch in.Config {
	case "none":
		return "", nil
	case "":
	default:
		return in.at(in.Config), nil
	}
	found, from := "", ""
	for i, p := range paths {
		dir := in.at(p)
		if info, err := os.Stat(dir); p == "-" {
			dir = in.at(".")
		} else if err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		file, _ := config.Find(dir)
		if i > 0 && file != found {
			return "", usagef("%s and %s do not have the same muster.yaml; audit them in two runs, or name one with --config", from, p)
		}
		found, from = file, p
	}
	return found, nil
}

func (in *inputs) checkCluster(cfg *config.Config) error {
	if in.Cluster == "" || len(cfg.Clusters) == 0 {
		return nil
	}
	var names []string
	for _, c := range cfg.Clusters {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, in.Cluster) {
		return usagef("--cluster %s: %s declares %s", in.Cluster, cfg.File, strings.Join(names, ", "))
	}
	return nil
}

// sourcesOf are the files and folders that the config reads: sources of clusters, and root modules of environments.
func sourcesOf(cfg *config.Config) (paths []string) {
	for _, c := range cfg.Clusters {
		for _, s := range c.Sources {
			paths = append(paths, cfg.Resolve(s.Path+s.Kustomize+s.Helm)) // one of them is set
		}
	}
	for _, e := range cfg.Environments {
		if e.Terraform != "" {
			paths = append(paths, cfg.Resolve(e.Terraform))
		}
	}
	return paths
}

func hasSources(cfg *config.Config) bool { return len(sourcesOf(cfg)) > 0 }

// belongs reports whether a path is the folder of the config, or shares files with one of its
// sources.
func belongs(cfg *config.Config, path string) bool {
	path = real(path)
	return path == real(cfg.Dir) || slices.ContainsFunc(sourcesOf(cfg), func(source string) bool {
		at := real(source)
		return under(path, at) || under(at, path)
	})
}

// real is the absolute path without symlinks, as far as it exists.
func real(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		return resolved
	}
	return abs
}

func under(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/proposal"
)

// initOptions are the arguments and flags of muster init.
type initOptions struct {
	streams
	Dir          string
	Print, Force bool
	NoIgnore     bool
}

func newInit(s streams) *cobra.Command {
	o := &initOptions{streams: s, Dir: "."}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Propose a muster.yaml from what a repository holds",
		Long: `Propose a muster.yaml: which clusters there are, which files configure each, and
what mesh they form. It looks at the folders of DIR (the working directory), at
what Argo CD, Flux and Rancher deploy, and at the objects themselves. Behind each
line stands what it rests on, with the line of the file; correct what is wrong.

Objectives are never guessed: the services that were found are listed in a
comment, to be filled in. Nothing is rendered or evaluated: clusters that only
Terraform builds are not seen, and root modules that no environment is called
after are told on stderr. No file outside DIR is read.`,
		Example: `  muster init
  muster init --print deploy/
  muster init --force && muster scan`,
		Args: cobra.RangeArgs(0, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, a := range args {
				switch {
				case a == "-":
					o.Print = true
				case o.Dir != ".":
					return usagef("init takes one folder, got %s and %s", o.Dir, a)
				default:
					o.Dir = a
				}
			}
			return runInit(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Print, "print", false, "write the proposal to stdout; so does the argument -")
	f.BoolVar(&o.Force, "force", false, "replace a muster.yaml that is there")
	f.BoolVar(&o.NoIgnore, "no-ignore", false, "look at files that .gitignore leaves out, too")
	return cmd
}

func runInit(ctx context.Context, o *initOptions) error {
	if info, err := os.Stat(o.Dir); err != nil || !info.IsDir() {
		return usagef("%s is no folder", o.Dir)
	}
	file := filepath.Join(o.Dir, "muster.yaml")
	if !o.Print && !o.Force {
		for _, name := range []string{file, filepath.Join(o.Dir, ".muster.yaml")} {
			if _, err := os.Lstat(name); err == nil {
				return usagef("%s is there already; --print shows the proposal, --force replaces the file", name)
			}
		}
	}
	p := startProgress(o.err)
	p.at("looking at " + o.Dir)
	found, err := proposal.Find(ctx, o.Dir, proposal.Options{NoIgnore: o.NoIgnore})
	p.end()
	switch {
	case err != nil && ctx.Err() != nil:
		return stopped(ctx, err)
	case err != nil:
		return usagef("%w", err)
	}
	o.tell(found)
	if found.Empty() {
		return &exitError{code: exitNothing, message: fmt.Sprintf(
			"nothing to propose: no object of a service or a mesh, no chart and no kustomization in %d files of %s", found.Files, o.Dir)}
	}
	text := found.YAML()
	if _, problems := config.Parse(file, text); len(problems) > 0 {
		return usagef("the proposal is no valid config and was not written: %s", problems[0])
	}
	if o.Print {
		if _, err := o.out.Write(text); err != nil {
			return fmt.Errorf("cannot write the proposal to stdout: %w", err)
		}
		return nil
	}
	if err := replace(file, text, o.Force); err != nil {
		return usagef("%s cannot be written: %w", file, err)
	}
	fmt.Fprintf(o.err, "muster: wrote %s; read it, then run: muster scan %s\n", file, o.Dir)
	return nil
}

// tell says on stderr what was found.
func (o *initOptions) tell(p *proposal.Proposal) {
	const most = 10
	for i, d := range p.Unread {
		if i == most {
			fmt.Fprintf(o.err, "muster: and %d more that could not be read\n", len(p.Unread)-most)
			break
		}
		d.Position.File = path.Join(filepath.ToSlash(o.Dir), d.Position.File)
		fmt.Fprintln(o.err, d.Error())
	}
	for _, line := range p.Summary() {
		fmt.Fprintln(o.err, "muster: "+line)
	}
}

// replace writes a file as a whole, and never through a symlink that stands in its place.
func replace(file string, text []byte, force bool) error {
	if force {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.ToValidUTF8(string(text), "?"))
	return errors.Join(err, f.Close())
}

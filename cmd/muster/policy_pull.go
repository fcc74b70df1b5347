package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/policy/registry"
	"github.com/passmuster/muster/report"
)

// policyPullOptions are the arguments and flags of muster policy pull.
type policyPullOptions struct {
	policyOptions
	Reference     string
	Dir           string
	Digest        string
	Force         bool
	PlainHTTP     *bool // nil where nobody says
	Username      string
	PasswordStdin bool
	Timeout       time.Duration
}

func newPolicyPull(s streams) *cobra.Command {
	o := &policyPullOptions{}
	o.streams = s
	plain := false
	cmd := &cobra.Command{
		Use:   "pull oci://REGISTRY/REPOSITORY[:TAG|@DIGEST]",
		Short: "Fetch policies from an OCI registry, to use them offline",
		Long: `Fetch an artifact of policies from an OCI registry, as opa, conftest and oras push
them, and store it as an OCI image layout, which muster scan and muster policy check
read without a network. No other verb opens a connection.

Nothing is stored unless all of it has arrived with the digests that were announced.
The policies are compiled then; if something is wrong with them, the exit code is 3
and they stay where they are.

Credentials are those of docker login, or --username with the password on stdin.
Proxies are those of HTTPS_PROXY and NO_PROXY.`,
		Example: `  muster policy pull oci://ghcr.io/acme/mesh-policies:v3
  muster policy pull oci://ghcr.io/acme/mesh-policies:v3 --digest sha256:… -o policies/vendor/acme
  muster policy pull oci://localhost:5000/mesh-policies --force`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Reference = args[0]
			if cmd.Flags().Changed("plain-http") {
				o.PlainHTTP = &plain
			}
			return runPolicyPull(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.Dir, "output", "o", "", "the `FOLDER` that becomes the image layout (default: policies/vendor/ and the last part of the repository)")
	f.StringVar(&o.Digest, "digest", "", "the `DIGEST` that the artifact must have; with another one nothing is stored")
	f.BoolVar(&o.Force, "force", false, "replace another artifact in the folder")
	f.BoolVar(&plain, "plain-http", false, "speak HTTP without TLS (default: only to this machine)")
	f.StringVar(&o.Username, "username", "", "log in with this `NAME`, and not as docker login did")
	f.BoolVar(&o.PasswordStdin, "password-stdin", false, "read the password of --username from stdin")
	f.DurationVar(&o.Timeout, "timeout", 2*time.Minute, "give up after this long; 0 is never")
	return cmd
}

func runPolicyPull(ctx context.Context, o *policyPullOptions) error {
	ref, err := registry.Parse(o.Reference)
	if err != nil {
		return usagef("policy pull: %w", err)
	}
	if (o.Username != "") != o.PasswordStdin {
		return usagef("policy pull: --username and --password-stdin go together")
	}
	password := ""
	if o.PasswordStdin {
		if password, err = readPassword(o.in); err != nil {
			return usagef("--password-stdin: %w", err)
		}
	}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("%s are over (--timeout)", o.Timeout))
		defer cancel()
	}
	dir := cmp.Or(o.Dir, filepath.Join("policies", "vendor", ref.Name()))
	artifact, err := registry.Pull(ctx, registry.Options{
		Access:    registry.Access{PlainHTTP: o.PlainHTTP, Username: o.Username, Password: password, Agent: "muster/" + version()},
		Reference: ref, Dir: dir, Digest: o.Digest, Force: o.Force,
	})
	if err != nil {
		return notPulled(ctx, err)
	}
	say := func(w io.Writer, text string) { fmt.Fprintln(w, report.Printable(text)) }
	for _, l := range artifact.LeftOut {
		say(o.err, "left out, as no policies come in this form: "+l)
	}
	shown := filepath.ToSlash(filepath.Clean(dir))
	say(o.out, ref.String()+" is "+artifact.Digest)
	say(o.out, "It is stored in "+shown+", which policies: in muster.yaml and --policy take.")
	return o.compiled(dir)
}

// notPulled gives an error its exit code: what was asked for is wrong, time is over, or the artifact cannot be had.
func notPulled(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*registry.Mistake](err); ok {
		return usagef("policy pull: %w", err)
	}
	if ctx.Err() != nil {
		return stopped(ctx, err)
	}
	return &exitError{exitUnreadable, "policy pull: " + err.Error(), err}
}

// compiled tells what is wrong with the policies that were pulled, and how many are right.
func (o *policyPullOptions) compiled(dir string) error {
	sources, problems, err := policy.Load(dir)
	if err != nil {
		return &exitError{exitUnreadable, "policy pull: " + err.Error(), err}
	}
	set := policy.Compile(sources)
	problems = append(problems, set.Refused...)
	o.tell(problems)
	if len(problems) > 0 {
		return &exitError{code: exitUnreadable, message: things(len(problems), "thing is", "things are") + " wrong with these policies; they stay where they are"}
	}
	return o.counted(set)
}

// readPassword reads a line of at most 64 KiB.
func readPassword(in io.Reader) (string, error) {
	const most = 64 << 10
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || len(text) > most {
		return "", errors.New("want one line with the password")
	}
	return password, nil
}

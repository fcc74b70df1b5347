package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/attest"
)

// attestOptions are the arguments and flags of muster drill attest.
type attestOptions struct {
	streams
	Dir, Key, Out string
}

func newDrillAttest(s streams) *cobra.Command {
	o := &attestOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "attest DIR --key PRIVATE.pem",
		Short: "Sign the evidence of a drill: report, results, plan and configuration",
		Long: `Sign a folder that holds the report of a drill (JSON), the results that it rests on and
the plan: an in-toto statement names every file by its digest, with the verdict, and
stands in a DSSE envelope beside them. What does not fit together is not signed:
results that were changed, a report about other files, another plan.`,
		Example: `  muster drill keygen team-sre
  muster drill attest drills/2026-11-20 --key team-sre.pem
  muster drill verify drills/2026-11-20 --key team-sre.pub.pem`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			return runDrillAttest(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Key, "key", "", "`FILE` with the private key: ed25519, PKCS#8, PEM")
	cmd.Flags().StringVar(&o.Out, "out", "", "`FILE` to write, which must not exist (default: DIR/"+attest.EnvelopeName+")")
	return cmd
}

func runDrillAttest(ctx context.Context, o *attestOptions) error {
	if o.Key == "" {
		return usagef("--key: want a private key; muster drill keygen NAME makes one")
	}
	key, err := attest.PrivateKey(o.Key)
	if err != nil {
		return usagef("--key: %w", err)
	}
	type signed struct {
		envelope  []byte
		statement *attest.Statement
	}
	done, err := orStop(ctx, func() (signed, error) {
		envelope, s, err := attest.Attest(o.Dir, key)
		return signed{envelope, s}, err
	})
	if err != nil {
		if err = stopped(ctx, err); exitCode(err) == exitUsage {
			err = &exitError{exitUnreadable, o.Dir + ": " + err.Error(), err}
		}
		return err
	}
	out := o.Out
	if out == "" {
		out = filepath.Join(o.Dir, attest.EnvelopeName)
	}
	if err := attest.WriteNew(out, done.envelope, 0o644); err != nil {
		return usagef("--out: %w", err)
	}
	fmt.Fprintf(o.out, "signed %d subjects, the drill %s: %s\n", len(done.statement.Subject), strings.ToLower(done.statement.Predicate.Result), out)
	return nil
}

func newDrillKeygen(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen NAME",
		Short: "Make a pair of keys: NAME.pem signs, NAME.pub.pem verifies",
		Long: `Make a pair of ed25519 keys: NAME.pem (PKCS#8, readable by its owner alone) signs
evidence, NAME.pub.pem verifies it. Files are never overwritten. Keep the first one
where those who are drilled cannot write, and give the second to everybody.`,
		Example: `  muster drill keygen team-sre`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return runDrillKeygen(s, args[0]) },
	}
}

func runDrillKeygen(s streams, name string) error {
	private, public, err := attest.NewKey()
	if err != nil {
		return err
	}
	if err := attest.WriteNew(name+".pem", private, 0o600); err != nil {
		return usagef("keygen: %w", err)
	}
	if err := attest.WriteNew(name+".pub.pem", public, 0o644); err != nil {
		return usagef("keygen: %w", err)
	}
	key, err := attest.PublicKey(name + ".pub.pem")
	if err != nil {
		return errors.New("keygen: what was written cannot be read: " + err.Error())
	}
	fmt.Fprintf(s.out, "%s.pem signs, %s.pub.pem verifies (ed25519 %s)\n", name, name, base64.StdEncoding.EncodeToString(key[:min(len(key), ed25519.PublicKeySize)]))
	return nil
}

package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/attest"
	"github.com/passmuster/muster/report"
)

// verifyOptions are the arguments and flags of muster drill verify.
type verifyOptions struct {
	streams
	outputFlags
	Path    string
	Keys    []string
	Require string
}

func newDrillVerify(s streams) *cobra.Command {
	o := &verifyOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "verify DIR|ENVELOPE --key PUBLIC.pem",
		Short: "Check that nobody changed the evidence of a drill after it was signed",
		Long: `Check the signature of a folder of evidence, and that every file that was signed is
still as it was: the report, the plan, and the results, of which the line that was
changed is named. The statement must say what the report says.

Give the folder, or the envelope in it. The exit code is 0 if all is as it was signed
(and, with --require pass, the drill passed), and 1 if not.`,
		Example: `  muster drill verify drills/2026-11-20 --key team-sre.pub.pem
  muster drill verify drills/2026-11-20 --key team-sre.pub.pem --require pass`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Path = args[0]
			return runDrillVerify(cmd.Context(), o)
		},
	}
	cmd.Flags().StringArrayVar(&o.Keys, "key", nil, "`FILE` with the public key in PEM, repeatable: one of them must have signed")
	cmd.Flags().StringVar(&o.Require, "require", "", "pass: the drill must have passed, too")
	complete(cmd, "require", "pass")
	o.outputFlags.register(cmd, "text")
	return cmd
}

func runDrillVerify(ctx context.Context, o *verifyOptions) error {
	if _, err := o.parse("text"); err != nil {
		return err
	}
	if o.Require != "" && o.Require != "pass" {
		return usagef("--require %q: want pass", o.Require)
	}
	if len(o.Keys) == 0 {
		return usagef("--key: want the public key of whoever signed; the envelope cannot vouch for itself")
	}
	var keys []ed25519.PublicKey
	for _, path := range o.Keys {
		key, err := attest.PublicKey(path)
		if err != nil {
			return usagef("--key: %w", err)
		}
		keys = append(keys, key)
	}
	envelope, dir := o.Path, filepath.Dir(o.Path)
	info, err := os.Stat(o.Path)
	if err != nil {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	if info.IsDir() {
		envelope, dir = filepath.Join(o.Path, attest.EnvelopeName), o.Path
	}
	v, err := orStop(ctx, func() (*attest.Verified, error) { return verifyFolder(dir, envelope, keys) })
	if errors.Is(err, attest.ErrSignature) {
		return &exitError{exitFindings, envelope + ": " + err.Error() + ": it was signed by somebody else, or changed after it was signed", err}
	}
	if err != nil {
		return stopped(ctx, err)
	}
	if err := o.write(o.out, []output{{format: "text"}}, format{"text", func(w io.Writer, t report.Terminal) error { return tellVerified(w, t, v) }}); err != nil {
		return err
	}
	switch {
	case len(v.Problems) > 0:
		return &exitError{code: exitFindings}
	case o.Require == "pass" && v.Statement.Predicate.Result != "PASSED":
		return &exitError{exitFindings, "--require pass: the drill did not pass, it is " + v.Statement.Predicate.Result, nil}
	}
	return nil
}

func verifyFolder(dir, envelope string, keys []ed25519.PublicKey) (*attest.Verified, error) {
	f, err := os.Open(envelope)
	if err != nil {
		return nil, &exitError{exitUnreadable, err.Error(), err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, attest.MaxEnvelope+1))
	if err != nil {
		return nil, &exitError{exitUnreadable, err.Error(), err}
	}
	v, err := attest.Verify(dir, data, keys...)
	if err != nil && !errors.Is(err, attest.ErrSignature) {
		return nil, &exitError{exitUnreadable, envelope + ": " + err.Error(), err}
	}
	return v, err
}

// tellVerified writes what a verification found.
func tellVerified(w io.Writer, t report.Terminal, v *attest.Verified) error {
	p := report.NewPen(w, t)
	result := v.Statement.Predicate
	if len(v.Problems) > 0 {
		p.Paragraph("1;31", "", t.Glyph("✗ ", "x ")+"not verified: the signature is good, and what it is about is not as it was signed")
	} else {
		p.Paragraph("1;32", "", fmt.Sprintf("%sverified: %d files are as they were signed", t.Glyph("✓ ", "+ "), v.Files))
	}
	for _, problem := range v.Problems {
		p.Paragraph("31", "  ", problem.String())
	}
	for _, note := range v.Notes {
		p.Paragraph("33", "  note: ", note.String())
	}
	if len(v.Problems) == 0 {
		p.Paragraph("", "  ", fmt.Sprintf("the drill %s: %d passed, %d undecided, %d failed", strings.ToLower(result.Result), len(result.Passed), len(result.Warned), len(result.Failed)))
	}
	return p.Flush()
}

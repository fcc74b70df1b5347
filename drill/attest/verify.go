package attest

import (
	"crypto/ed25519"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/record"
)

// Problem is something that is not as it was signed.
type Problem struct {
	File string // "" = of the whole
	Line int    // from 1; 0 = of the whole file
	Text string
}

func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Verified is what a verification found.
type Verified struct {
	Statement *Statement
	Report    *audit.Report // nil = it is not as it was signed
	Files     int           // that are as they were signed
	// Problems are differences from what was signed: with one, nothing is proven.
	Problems []Problem
	// Notes are worth knowing: results that were incomplete when they were signed, files that nobody signed.
	Notes []Problem
}

// Verify holds the files of a folder against a signed statement. An error means that nothing could be verified: the envelope
// is none, or no signature is of the keys (ErrSignature). What is not as it was signed is among the problems.
func Verify(dir string, envelope []byte, keys ...ed25519.PublicKey) (*Verified, error) {
	payload, err := Open(envelope, keys...)
	if err != nil {
		return nil, err
	}
	s, err := parseStatement(payload)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	v := &Verified{Statement: s}
	var files []file
	signed := map[string]bool{}
	for _, d := range s.Subject {
		if d.Annotations[noteKind] == kindDigest {
			continue
		}
		signed[d.Name] = true
		f, ok := v.file(root, &d)
		if !ok {
			continue
		}
		v.Files++
		files = append(files, f)
		if f.report == nil {
			continue
		}
		if v.Report != nil {
			v.problem(d.Name, 0, "there are two reports")
		}
		v.Report = f.report
	}
	v.strays(root, signed)
	if len(v.Problems) == 0 {
		v.agree(files)
	}
	return v, nil
}

func (v *Verified) problem(file string, line int, text string) {
	v.Problems = append(v.Problems, Problem{file, line, text})
}

// file holds one file against what was signed of it.
func (v *Verified) file(root *os.Root, d *Resource) (file, bool) {
	f, err := look(root, d.Name)
	if errors.Is(err, fs.ErrNotExist) {
		v.problem(d.Name, 0, "it is missing")
		return f, false
	}
	if f.sum == "" {
		v.problem(d.Name, 0, "it cannot be read: "+err.Error())
		return f, false
	}
	if subtle.ConstantTimeCompare([]byte(f.sum), []byte(d.Digest["sha256"])) != 1 {
		v.changed(root, &f, err, d)
		return f, false
	}
	if err != nil {
		v.problem(d.Name, 0, "it was signed as it is, and cannot be read: "+err.Error())
		return f, false
	}
	if f.kind != d.Annotations[noteKind] {
		v.problem(d.Name, 0, fmt.Sprintf("it is of kind %s, and was signed as %s", f.kind, d.Annotations[noteKind]))
		return f, false
	}
	if f.record != nil && !f.record.Complete() {
		v.Notes = append(v.Notes, Problem{File: d.Name, Text: "it ends without its footer, and did so when it was signed: the prober was interrupted, or lines are missing at the end"})
	}
	return f, true
}

// changed tells of a file that is not as it was signed; of results, which line.
func (v *Verified) changed(root *os.Root, f *file, err error, d *Resource) {
	if d.Annotations[noteKind] != kindResults {
		v.problem(d.Name, 0, "it was changed after it was signed")
		return
	}
	if f.kind != kindResults { // not even its first line is as it was
		err = readRecord(root, d.Name)
	}
	lines, _ := strconv.ParseInt(d.Annotations[noteLines], 10, 64)
	broken, isChain := errors.AsType[*record.ChainError](err)
	switch {
	case isChain:
		v.problem(d.Name, broken.Line, broken.What)
	case err != nil:
		v.problem(d.Name, 0, err.Error())
	case f.record != nil && f.record.Lines < lines:
		v.problem(d.Name, int(f.record.Lines)+1, fmt.Sprintf("%d of %d lines are missing from here on, its footer among them", lines-f.record.Lines, lines))
	default:
		v.problem(d.Name, 0, "its chain is whole, and is not the one that was signed: all of it was written anew, or lines were added")
	}
}

func readRecord(root *os.Root, name string) error {
	in, err := root.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = record.Read(io.LimitReader(in, mostBytes))
	return err
}

// strays are files that nobody signed.
func (v *Verified) strays(root *os.Root, signed map[string]bool) {
	names, err := gather(root)
	if err != nil {
		v.problem("", 0, err.Error())
		return
	}
	for _, name := range names {
		if !signed[name] {
			v.Notes = append(v.Notes, Problem{File: name, Text: "it is not part of what was signed"})
		}
	}
}

// agree holds the statement, the report and the files against each other.
func (v *Verified) agree(files []file) {
	r := v.Report
	if r == nil {
		v.problem("", 0, "no report is among the files that were signed")
		return
	}
	want, err := statement(r, files)
	if err != nil {
		v.problem("", 0, err.Error())
		return
	}
	a, errA := want.Predicate.bytes()
	b, errB := v.Statement.Predicate.bytes()
	if errA != nil || errB != nil || string(a) != string(b) {
		v.problem("", 0, "the statement says "+v.Statement.Predicate.Result+", and is not what follows from the report, which says "+string(r.Verdict))
	}
	for _, d := range want.Subject {
		if d.Annotations[noteKind] == kindDigest && !v.Statement.has(d) {
			v.problem("", 0, "the statement is about another "+d.Name+" than the report")
		}
	}
	v.Problems = append(v.Problems, fits(r, files)...)
}

func (s *Statement) has(d Resource) bool {
	for _, other := range s.Subject {
		if other.Name == d.Name && other.Annotations[noteKind] == kindDigest {
			return other.Digest["sha256"] == d.Digest["sha256"]
		}
	}
	return false
}

func (t TestResult) bytes() ([]byte, error) {
	s := Statement{Predicate: t}
	return s.payload()
}

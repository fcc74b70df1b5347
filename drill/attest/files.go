package attest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
	drillreport "github.com/passmuster/muster/report/drill"
)

// Bounds of a folder of evidence.
const (
	mostFiles   = 1000
	mostBytes   = 1 << 30 // of one file
	deepest     = 4       // folders below the one that is attested
	mostPlan    = 4 << 20
	peekedBytes = 64 << 10
)

// EnvelopeName is the file that holds the signed statement, in the folder that it is about.
const EnvelopeName = "attestation.dsse.json"

// file is one that is attested.
type file struct {
	name   string // below the folder, slash-separated
	kind   string
	sum    string            // SHA-256, in hexadecimal digits
	record *record.Recording // of results
	plan   *plan.Plan
	report *audit.Report
}

// gather lists the regular files of a folder by name. Links are not followed, hidden files and keys are left out.
func gather(root *os.Root) ([]string, error) {
	var names []string
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			if strings.Count(name, "/") >= deepest {
				return fmt.Errorf("%s: more than %d folders deep", name, deepest)
			}
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s: neither a file nor a folder; evidence has no links", name)
		case name == EnvelopeName, strings.HasSuffix(name, ".pem"), strings.HasSuffix(name, ".key"):
			return nil
		case len(names) == mostFiles:
			return fmt.Errorf("more than %d files", mostFiles)
		}
		names = append(names, name)
		return nil
	})
	slices.Sort(names)
	return names, err
}

// look reads a file: its digest, and what it is. An error is about the file's content as well as about reading it.
func look(root *os.Root, name string) (file, error) {
	f := file{name: name, kind: kindOther}
	info, err := root.Lstat(name)
	if err != nil {
		return f, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for somebody who writes
		return f, errors.New("it is no regular file")
	}
	in, err := root.Open(name)
	if err != nil {
		return f, err
	}
	defer in.Close()
	sum := sha256.New()
	buf := bufio.NewReaderSize(io.TeeReader(io.LimitReader(in, mostBytes+1), sum), peekedBytes)
	head, _ := buf.Peek(peekedBytes)
	f.kind = kindOf(name, head)
	switch f.kind { // from the bytes that are hashed, and no others
	case kindReport:
		f.report, err = drillreport.Parse(buf)
	case kindResults:
		f.record, err = record.Read(buf)
	case kindPlan:
		f.plan, err = readPlan(buf)
	}
	// Whatever is left is hashed all the same.
	if _, drained := io.Copy(io.Discard, buf); drained != nil {
		return f, drained
	}
	f.sum = hex.EncodeToString(sum.Sum(nil))
	if end, _ := in.Seek(0, io.SeekCurrent); end > mostBytes {
		return f, fmt.Errorf("more than %d bytes", mostBytes)
	}
	return f, err
}

// kindOf tells by its beginning what a file is.
func kindOf(name string, head []byte) string {
	switch path.Ext(name) {
	case ".ndjson", ".jsonl":
		line, _, _ := strings.Cut(string(head), "\n")
		var h struct{ T, Kind string }
		if json.Unmarshal([]byte(line), &h) == nil && h.T == "header" && h.Kind == record.Kind {
			return kindResults
		}
	case ".json":
		if drillreport.IsReport(head) {
			return kindReport
		}
		if isPlan(head) {
			return kindPlan
		}
	case ".yaml", ".yml":
		if isPlan(head) {
			return kindPlan
		}
	}
	return kindOther
}

// isPlan looks for the line that says so; reading it decides.
func isPlan(head []byte) bool {
	for line := range strings.Lines(string(head)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.Trim(key, ` "`) == "kind" && strings.Trim(value, " \",\r\n") == plan.Kind {
			return true
		}
	}
	return false
}

func readPlan(in io.Reader) (*plan.Plan, error) {
	data, err := io.ReadAll(io.LimitReader(in, mostPlan+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostPlan {
		return nil, fmt.Errorf("the plan has more than %d bytes", mostPlan)
	}
	p := &plan.Plan{}
	return p, yaml.UnmarshalStrict(data, p)
}

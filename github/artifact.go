package github

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/passmuster/muster/report"
)

// ArtifactSchema names the version of the file that a run for a pull request leaves for the run that tells of it.
const ArtifactSchema = "muster.pr/v1"

// mostArtifact is how many bytes the file may have: a diff of the most that is read, and what is around it.
const mostArtifact = report.DiffLimit + 1<<20

// Artifact is what a run without rights hands to one that has them. Whoever opens a pull request from a fork decides what
// its run does, and so what stands in here: it holds data that is rendered, never text that is shown as it is, and it
// does not decide where it is told. The run that reads it takes the pull request from its own event
// (FindPullRequest), and the artifact has to be about the commit of that event (About).
type Artifact struct {
	HeadSHA string
	BaseSHA string          // may be ""
	Base    string          // of report.Options: the working directory as seen from the root of the repository
	Diff    json.RawMessage // of schema report.DiffSchema; report.ParseDiff reads it
}

// artifactFile is the file.
type artifactFile struct {
	Schema  string          `json:"schema"`
	HeadSHA string          `json:"headSha"`
	BaseSHA string          `json:"baseSha"`
	Base    string          `json:"base"`
	Diff    json.RawMessage `json:"diff"`
}

// Write writes the file; the error may be that the diff is too large.
func (a Artifact) Write(w io.Writer) error {
	if err := a.check(); err != nil {
		return err
	}
	data, err := json.Marshal(artifactFile{ArtifactSchema, a.HeadSHA, a.BaseSHA, a.Base, a.Diff})
	if err != nil {
		return fmt.Errorf("the artifact: %w", err)
	}
	if len(data) >= mostArtifact {
		return fmt.Errorf("the artifact would have %d bytes, and may have %d", len(data), mostArtifact)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// ReadArtifact reads the file. It refuses what is too large, of another schema, or has members that it does not know or
// has twice. The diff itself is not checked: report.ParseDiff does that.
func ReadArtifact(r io.Reader) (Artifact, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostArtifact+1))
	switch {
	case err != nil:
		return Artifact{}, fmt.Errorf("the artifact: %w", err)
	case len(data) > mostArtifact:
		return Artifact{}, fmt.Errorf("the artifact has more than %d MB", mostArtifact>>20)
	case !utf8.Valid(data):
		return Artifact{}, errors.New("the artifact is not UTF-8")
	}
	var f artifactFile
	fields := map[string]any{"schema": &f.Schema, "headSha": &f.HeadSHA, "baseSha": &f.BaseSHA, "base": &f.Base, "diff": &f.Diff}
	if err := members(data, fields); err != nil {
		return Artifact{}, fmt.Errorf("the artifact: %s", shown(err.Error()))
	}
	if f.Schema != ArtifactSchema {
		return Artifact{}, fmt.Errorf("the artifact has the schema %q, want %q: let both workflows run the same version of muster", shown(f.Schema), ArtifactSchema)
	}
	a := Artifact{f.HeadSHA, f.BaseSHA, f.Base, f.Diff}
	return a, a.check()
}

// members decodes the members of an object, each exactly once and under exactly its name; encoding/json alone takes names
// in any case, and the last of several.
func members(data []byte, fields map[string]any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("it is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		into := fields[name]
		switch {
		case into == nil:
			return fmt.Errorf("unknown member %q", name)
		case seen[name]:
			return fmt.Errorf("member %q is there twice", name)
		}
		seen[name] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if string(raw) == "null" {
			return fmt.Errorf("member %q is null", name)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return fmt.Errorf("member %q: %w", name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

func (a Artifact) check() error {
	switch {
	case !shaPattern.MatchString(a.HeadSHA):
		return fmt.Errorf("the artifact: its head %q is no full object name of git", shown(a.HeadSHA))
	case a.BaseSHA != "" && !shaPattern.MatchString(a.BaseSHA):
		return fmt.Errorf("the artifact: its base %q is no full object name of git", shown(a.BaseSHA))
	case a.Base != "" && a.Base != "." && !isInside(a.Base):
		return fmt.Errorf("the artifact: %q is no directory of the repository", shown(a.Base))
	case len(bytes.TrimSpace(a.Diff)) == 0 || bytes.TrimSpace(a.Diff)[0] != '{':
		return errors.New("the artifact has no diff")
	}
	return nil
}

// About returns an error unless the artifact is about the commit of the run that an event tells of.
func (a Artifact) About(e Event) error {
	if a.HeadSHA != e.HeadSHA {
		return fmt.Errorf("the artifact is about %.12s, but the run was for %.12s: it is not told", a.HeadSHA, e.HeadSHA)
	}
	return nil
}

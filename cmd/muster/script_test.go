package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/policy/registry/registrytest"
)

var update = flag.Bool("update", false, "rewrite the golden files of scripts")

// TestScripts runs testdata/script/*.txtar. The files of an archive are unpacked into an empty
// folder; its comment is the script, a command a line:
//
//	fleet NAME [DIR]      copy testdata/fleets/NAME here, or into DIR; /NAME is one of the repository's own testdata/fleets
//	git ARG…              run git, as somebody whose name and clock are always the same
//	replace FILE OLD NEW  change one place of a file; \n is a line break
//	env NAME=VALUE        for the rest of the script
//	cd DIR                for what follows
//	stdin FILE            for the next muster
//	muster ARG…           run it; what follows is about this run ('…' quotes)
//	exit CODE             every run needs one
//	stdout|stderr RE      the stream matches; with ! in front, it does not; (?m) is on
//	cmp stdout|stderr|FILE WANT  equal to a file of the archive; go test -update rewrites it
//	cp FROM TO, mkdir PATH, rm PATH
//	registry TAG FILE…    push files as policies; in what follows $REGISTRY is oci://… and $TAG the digest
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{T: t, home: home, archive: archive}
			s.run()
			if s.rewritten && !t.Failed() {
				if err := os.WriteFile(filepath.Join(home, path), txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// script is one run of an archive.
type script struct {
	*testing.T
	home           string
	archive        *txtar.Archive
	line           int
	stdin          string
	stdout, stderr string
	code           int
	unchecked      bool // a run whose exit code nobody looked at
	rewritten      bool
	registry       *registrytest.Server
	vars           []string // $NAME, its value, and so on
}

func (s *script) run() {
	for _, name := range []string{"NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"} {
		s.Setenv(name, "")
	}
	s.Chdir(s.TempDir())
	for _, f := range s.archive.Files {
		s.write(f.Name, f.Data)
	}
	for i, line := range strings.Split(string(s.archive.Comment), "\n") {
		s.line = i + 1
		if words := s.words(line); len(words) > 0 {
			s.command(words)
		}
	}
	s.settle()
}

func (s *script) fail(format string, args ...any) {
	s.Helper()
	s.Fatalf("line %d: %s\nexit %d\n--- stdout\n%s--- stderr\n%s", s.line, fmt.Sprintf(format, args...), s.code, s.stdout, s.stderr)
}

var word = regexp.MustCompile(`'[^']*'|[^\s']+`)

func (s *script) words(line string) []string {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	words := word.FindAllString(line, -1)
	values := strings.NewReplacer(s.vars...)
	for i, w := range words {
		words[i] = values.Replace(strings.Trim(w, "'"))
	}
	return words
}

func (s *script) write(name string, data []byte) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		s.Fatal(err)
	}
}

// settle insists that the exit code of the last run was looked at.
func (s *script) settle() {
	if s.unchecked {
		s.fail("the script does not say which exit code it wants")
	}
}

func (s *script) command(words []string) {
	wanted := words[0] != "!"
	if !wanted {
		words = words[1:]
	}
	args := words[1:]
	var err error
	switch words[0] {
	case "fleet":
		fleets := "testdata/fleets"
		if strings.HasPrefix(args[0], "/") {
			fleets = "../../testdata/fleets"
		}
		err = os.CopyFS(append(args, ".")[1], os.DirFS(filepath.Join(s.home, fleets, args[0])))
	case "git":
		err = s.git(args)
	case "replace":
		err = s.replace(args[0], args[1], args[2])
	case "env":
		name, value, _ := strings.Cut(args[0], "=")
		s.Setenv(name, value)
	case "cd":
		s.Chdir(args[0])
	case "mkdir":
		err = os.MkdirAll(args[0], 0o755)
	case "rm":
		err = os.RemoveAll(args[0])
	case "cp":
		var data []byte
		if data, err = os.ReadFile(args[0]); err == nil {
			s.write(args[1], data)
		}
	case "registry":
		err = s.push(args[0], args[1:])
	case "stdin":
		var data []byte
		data, err = os.ReadFile(args[0])
		s.stdin = string(data)
	case "muster":
		s.settle()
		var out, errs bytes.Buffer
		s.code = run(args, strings.NewReader(s.stdin), &out, &errs)
		s.stdout, s.stderr, s.stdin, s.unchecked = out.String(), errs.String(), "", true
	case "exit":
		s.unchecked = false
		if want, _ := strconv.Atoi(args[0]); s.code != want {
			s.fail("exit code %d, want %d", s.code, want)
		}
	case "stdout", "stderr":
		if regexp.MustCompile("(?m)"+args[0]).MatchString(s.text(words[0])) != wanted {
			s.fail("%s matches %q: want %v", words[0], args[0], wanted)
		}
	case "cmp":
		s.compare(args[0], args[1])
	default:
		s.fail("unknown command %s", words[0])
	}
	if err != nil {
		s.fail("%v", err)
	}
}

// git runs git without anybody's configuration.
func (s *script) git(args []string) error {
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// replace changes a text that a file has once.
func (s *script) replace(file, old, now string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.NewReplacer(`\n`, "\n")
	old, now = lines.Replace(old), lines.Replace(now)
	if n := strings.Count(string(data), old); n != 1 {
		return fmt.Errorf("%s has %q %d times", file, old, n)
	}
	s.write(file, []byte(strings.Replace(string(data), old, now, 1)))
	return nil
}

// push stores files as one artifact in a registry, which it starts first.
func (s *script) push(tag string, files []string) error {
	if s.registry == nil {
		s.Setenv("DOCKER_CONFIG", s.TempDir())
		s.registry = registrytest.New(s)
		s.vars = []string{"$REGISTRY", s.registry.Repository()}
	}
	var layers []registrytest.Layer
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		layers = append(layers, registrytest.Layer{Type: registrytest.File, Title: filepath.Base(name), Text: string(data)})
	}
	s.vars = append(s.vars, "$"+tag, s.registry.Push(tag, layers...))
	return nil
}

func (s *script) text(name string) string {
	switch name {
	case "stdout":
		return s.stdout
	case "stderr":
		return s.stderr
	}
	data, err := os.ReadFile(name)
	if err != nil {
		s.fail("%v", err)
	}
	return string(data)
}

func (s *script) compare(what, want string) {
	got := strings.ReplaceAll(s.text(what), version(), "VERSION")
	for i := range s.archive.Files {
		f := &s.archive.Files[i]
		if f.Name != want {
			continue
		}
		if *update {
			s.rewritten = s.rewritten || string(f.Data) != got
			f.Data = []byte(got)
		} else if string(f.Data) != got {
			s.fail("%s is not %s (go test -update rewrites it)", what, want)
		}
		return
	}
	s.fail("the archive has no file %s", want)
}

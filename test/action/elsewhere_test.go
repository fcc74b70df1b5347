package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// line runs a line of an example as a pipeline would, and returns its exit code and what it said.
func (r *repository) line(script string, env ...string) (int, string) {
	r.t.Helper()
	bin := r.t.TempDir()
	if err := os.Symlink(binary, filepath.Join(bin, "muster")); err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.CommandContext(r.t.Context(), "bash", "-e", "-c", script)
	cmd.Dir = r.dir
	cmd.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH")), env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// outputOf finds the files that a line of an example writes.
var outputOf = regexp.MustCompile(`-o [a-z]+=(\S+)`)

func (r *repository) wrote(t *testing.T, script string) {
	t.Helper()
	for _, m := range outputOf.FindAllStringSubmatch(script, -1) {
		path := filepath.Join(r.dir, strings.Trim(m[1], `"')`))
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: wrote no %s (%v)", script, m[1], err)
		}
	}
}

// broken is a clone whose branch breaks one service.
func broken(t *testing.T) (r *repository, base string) {
	t.Helper()
	origin := shop(t)
	r = &repository{t, filepath.Join(t.TempDir(), "clone")}
	if out, err := exec.CommandContext(t.Context(), "git", "clone", "-q", origin.dir, r.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	base = r.git("rev-parse", "HEAD")
	r.git("checkout", "-q", "-b", "topic", "--track", "origin/main")
	misspell(r)
	r.commit("breaks cart")
	return r, base
}

func example(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExampleOfGitLab(t *testing.T) {
	r, base := broken(t)
	var jobs map[string]struct {
		Script    []string
		Variables map[string]string
	}
	if err := yaml.Unmarshal([]byte(example(t, "examples", "gitlab", ".gitlab-ci.yml")), &jobs); err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 2 || jobs["muster"].Variables["GIT_DEPTH"] != "0" {
		t.Fatalf("jobs %v", jobs)
	}
	for name, job := range jobs {
		for _, script := range job.Script {
			if code, said := r.line(script, "CI_MERGE_REQUEST_DIFF_BASE_SHA="+base); code != 1 || !strings.Contains(said, "DR601") {
				t.Errorf("%s: %s: exit %d\n%s", name, script, code, said)
			}
			r.wrote(t, script)
		}
	}
}

func TestExampleOfJenkins(t *testing.T) {
	r, _ := broken(t)
	scripts := regexp.MustCompile(`script: '([^']+)'`).FindAllStringSubmatch(example(t, "examples", "jenkins", "Jenkinsfile"), -1)
	if len(scripts) != 2 {
		t.Fatalf("scripts %q", scripts)
	}
	for _, m := range scripts {
		if code, said := r.line(m[1], "CHANGE_TARGET=main"); code != 1 || !strings.Contains(said, "DR601") {
			t.Errorf("%s: exit %d\n%s", m[1], code, said)
		}
		r.wrote(t, m[1])
	}
}

func TestHooksOfPreCommit(t *testing.T) {
	r, _ := broken(t)
	var hooks []struct {
		ID, Entry, Language, Files string
		PassFilenames              bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal([]byte(example(t, ".pre-commit-hooks.yaml")), &hooks); err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		files, err := regexp.Compile(h.Files)
		if err != nil || !files.MatchString("mesh/cart.yaml") || !files.MatchString("infra/main.tf") || files.MatchString("README.md") || h.PassFilenames || h.Language != "golang" {
			t.Errorf("%+v (%v)", h, err)
		}
		if code, said := r.line(h.Entry); code != 1 || !strings.Contains(said, "DR601") {
			t.Errorf("%s: exit %d\n%s", h.Entry, code, said)
		}
	}
	if len(hooks) != 2 {
		t.Errorf("%d hooks", len(hooks))
	}
}

// Where people look things up, every input and output is there.
func TestTheGuideTellsOfEveryInputAndOutput(t *testing.T) {
	guide := example(t, "docs", "pull-requests.md")
	d := readDefinition(t)
	for name := range d.Inputs {
		if !strings.Contains(guide, "| `"+name+"` |") {
			t.Errorf("the guide does not tell of the input %s", name)
		}
	}
	for name := range d.Outputs {
		if !strings.Contains(guide, "`"+name+"`") {
			t.Errorf("the guide does not tell of the output %s", name)
		}
	}
	for _, file := range regexp.MustCompile(`\(\.\./((?:examples|\.pre-commit)[^)#]*)\)`).FindAllStringSubmatch(guide, -1) {
		if _, err := os.Stat(filepath.Join(root, file[1])); err != nil {
			t.Error(err)
		}
	}
}

// The workflow in the guide is one, too, and so are the lines of its shell.
func TestWhatTheGuideShows(t *testing.T) {
	guide := example(t, "docs", "pull-requests.md")
	workflows := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(guide, -1) {
		if strings.Contains(block[1], "runs-on:") {
			workflows++
			for _, p := range lint(t, block[1]) {
				t.Errorf("%s\nline %d: %s", block[1], p.Line, p.Message)
			}
		}
	}
	lines := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(guide, -1) {
		for line := range strings.Lines(block[1]) {
			r, _ := broken(t)
			lines++
			if code, said := r.line(line); code != 1 || !strings.Contains(said, "DR601") {
				t.Errorf("%s: exit %d\n%s", line, code, said)
			}
			r.wrote(t, line)
		}
	}
	if workflows == 0 || lines == 0 {
		t.Errorf("%d workflows, %d lines", workflows, lines)
	}
}

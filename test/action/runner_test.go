package action

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// job is one use of the action in a workflow.
type job struct {
	t         *testing.T
	with      map[string]string // inputs
	workspace string
	event     string
	payload   any
	sha       string // GITHUB_SHA
	api       string // GITHUB_API_URL
	token     string // github.token
	env       map[string]string
	temp      string // RUNNER_TEMP
}

// result is what a workflow sees of it.
type result struct {
	code        int
	log         string
	outputs     map[string]string // of the action
	summary     string
	annotations []annotation
}

// start runs the steps of action.yml one after the other, as the runner does: a step that fails is the last one.
func (j *job) start() *result {
	j.t.Helper()
	d := readDefinition(j.t)
	j.temp = j.t.TempDir()
	scope := map[string]string{
		"github.token": j.token, "github.action_ref": "", "github.action_repository": "passmuster/muster",
	}
	for name, in := range d.Inputs {
		scope["inputs."+name] = j.expand(in.Default, scope)
	}
	for name, value := range j.with {
		if _, ok := d.Inputs[name]; !ok {
			j.t.Fatalf("there is no input %s", name)
		}
		scope["inputs."+name] = value
	}
	r := &result{outputs: map[string]string{}}
	for i, s := range d.Runs.Steps {
		if !j.holds(s.If, scope) {
			continue
		}
		j.step(i, s, scope, r)
		if r.code != 0 {
			break
		}
	}
	for name, out := range d.Outputs {
		r.outputs[name] = j.expand(out.Value, scope)
	}
	r.annotations = obeyed(j.t, r.log)
	return r
}

func (j *job) step(i int, s step, scope map[string]string, r *result) {
	j.t.Helper()
	script := filepath.Join(j.temp, fmt.Sprintf("step-%d.sh", i))
	output, summary, event := filepath.Join(j.temp, fmt.Sprintf("output-%d", i)), filepath.Join(j.temp, fmt.Sprintf("summary-%d", i)), filepath.Join(j.temp, "event.json")
	payload, err := json.Marshal(j.payload)
	if err != nil {
		j.t.Fatal(err)
	}
	for path, data := range map[string]string{script: s.Run, output: "", summary: "", event: string(payload)} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			j.t.Fatal(err)
		}
	}
	action, err := filepath.Abs(root)
	if err != nil {
		j.t.Fatal(err)
	}
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": j.temp, "CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_TEMP": j.temp,
		"GITHUB_ACTION_PATH": action, "GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary, "GITHUB_EVENT_NAME": j.event, "GITHUB_EVENT_PATH": event,
		"GITHUB_REPOSITORY": "octo/shop", "GITHUB_SHA": j.sha, "GITHUB_API_URL": j.api, "GITHUB_SERVER_URL": "https://github.com", "GITHUB_WORKSPACE": j.workspace,
	}
	maps.Copy(env, j.env)
	for name, value := range s.Env {
		env[name] = j.expand(value, scope)
	}
	cmd := exec.CommandContext(j.t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
	cmd.Dir = filepath.Join(j.workspace, j.expand(s.Dir, scope))
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err = cmd.Run()
	exit := &exec.ExitError{}
	switch {
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	case err != nil:
		j.t.Fatal(err)
	}
	r.log += log.String()
	for name, value := range outputsIn(j.t, output) {
		scope["steps."+s.ID+".outputs."+name] = value
	}
	page, err := os.ReadFile(summary)
	if err != nil {
		j.t.Fatal(err)
	}
	if len(page) > 1<<20 {
		j.t.Errorf("the summary has %d bytes: the runner refuses it", len(page))
	}
	r.summary += string(page)
}

var (
	expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	property   = regexp.MustCompile(`^(inputs|github|steps\.[a-z]+\.outputs)\.[a-z_-]+$`)
	condition  = regexp.MustCompile(`^(inputs\.[a-z-]+) (==|!=) '([^']*)'$`)
)

// expand puts values in the place of expressions. Other expressions than names of properties do not stand in action.yml.
func (j *job) expand(text string, scope map[string]string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		name := expression.FindStringSubmatch(e)[1]
		if !property.MatchString(name) {
			j.t.Fatalf("the runner of this test does not know the expression %s", e)
		}
		value, ok := scope[name]
		if !ok && !strings.HasPrefix(name, "steps.") {
			j.t.Fatalf("there is no %s", name)
		}
		return value
	})
}

func (j *job) holds(condition_ string, scope map[string]string) bool {
	if condition_ == "" {
		return true
	}
	m := condition.FindStringSubmatch(condition_)
	if m == nil {
		j.t.Fatalf("the runner of this test does not know the condition %s", condition_)
	}
	return (scope[m[1]] == m[3]) == (m[2] == "==")
}

// outputsIn reads the file of outputs as the runner does (actions/runner, FileCommandManager).
func outputsIn(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, delimiter, heredoc := strings.Cut(lines[i], "<<")
		if eq := strings.Index(lines[i], "="); lines[i] == "" {
			continue
		} else if eq >= 0 && (!heredoc || eq < len(name)) {
			outputs[lines[i][:eq]] = lines[i][eq+1:]
			continue
		}
		if !heredoc || name == "" || delimiter == "" {
			t.Fatalf("the runner refuses the output %q", lines[i])
		}
		var value []string
		for i++; i < len(lines) && lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		if i == len(lines) {
			t.Fatalf("the output %s has no end", name)
		}
		outputs[name] = strings.Join(value, "\n")
	}
	return outputs
}

// annotation is one that the runner made of a line of the log.
type annotation struct{ level, file, line, title, message string }

var command = regexp.MustCompile(`^::([a-z-]+)(?: ([^:]*))?::(.*)$`)

// obeyed are the annotations that the runner makes of a log (actions/runner, ActionCommandManager). Any other command but
// those that muster uses fails the test: it is one that got into the log.
func obeyed(t *testing.T, log string) []annotation {
	t.Helper()
	var list []annotation
	stopped := ""
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	for line := range strings.FieldsFuncSeq(log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if stopped == "" && strings.Contains(line, "##[") {
			t.Errorf("the runner obeys %q", line)
		}
		trimmed := strings.TrimLeft(line, " \t\f\v")
		if stopped != "" {
			if trimmed == "::"+stopped+"::" {
				stopped = ""
			}
			continue
		}
		m := command.FindStringSubmatch(trimmed)
		if m == nil {
			if strings.HasPrefix(trimmed, "::") {
				t.Errorf("the runner may obey %q", line)
			}
			continue
		}
		switch m[1] {
		case "stop-commands":
			stopped = m[3]
		case "error", "warning", "notice":
			a := annotation{level: m[1], message: unescape.Replace(m[3])}
			for p := range strings.SplitSeq(m[2], ",") {
				name, value, _ := strings.Cut(p, "=")
				value = unescape.Replace(value)
				switch name {
				case "file":
					a.file = value
				case "line":
					a.line = value
				case "title":
					a.title = value
				}
			}
			list = append(list, a)
		default:
			t.Errorf("the runner obeys %q", line)
		}
	}
	if stopped != "" {
		t.Error("the runner obeys no command any more")
	}
	count := map[string]int{}
	for _, a := range list {
		if count[a.level]++; count[a.level] > 10 {
			t.Errorf("there are more than 10 annotations of level %s in the step", a.level)
		}
	}
	return list
}

package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/github/githubtest"
)

// at is a job for another event than a pull request.
func (r *repository) at(event string, payload map[string]any, with map[string]string) *job {
	r.t.Helper()
	payload["repository"] = map[string]any{"id": 9, "full_name": "octo/shop"}
	j := &job{t: r.t, with: map[string]string{"binary-path": binary}, workspace: r.dir, event: event, payload: payload, sha: r.git("rev-parse", "HEAD"), token: githubtest.JobToken}
	for name, value := range with {
		j.with[name] = value
	}
	return j
}

const noCommit = "0000000000000000000000000000000000000000"

func TestWhatIsComparedWithWhat(t *testing.T) {
	r := shop(t)
	first := r.git("rev-parse", "HEAD")
	misspell(r)
	second := r.commit("breaks cart")
	r.replace("mesh/orders.yaml", "    outlierDetection:", "    outlierDetecton:")
	third := r.commit("breaks orders")
	push := func(before string) map[string]any {
		return map[string]any{"ref": "refs/heads/main", "before": before, "after": third}
	}
	group := func(base string) map[string]any {
		return map[string]any{"action": "checks_requested", "merge_group": map[string]any{"head_sha": third, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7", "base_sha": base, "base_ref": "refs/heads/main"}}
	}
	for name, c := range map[string]struct {
		event   string
		payload map[string]any
		with    map[string]string
		code    int
		verdict string
		brought string // new findings
	}{
		"a push of both":                     {"push", push(first), nil, 1, "worse", "4"},
		"a push of one":                      {"push", push(second), nil, 1, "worse", "3"},
		"a push of nothing":                  {"push", push(third), nil, 0, "unchanged", "0"},
		"a new branch is audited":            {"push", push(noCommit), nil, 1, "findings", "4"},
		"a push, audited as a whole":         {"push", push(third), map[string]string{"new-only": "false"}, 1, "findings", "4"},
		"a push, audited for nothing":        {"push", push(third), map[string]string{"new-only": "false", "fail-on": "none"}, 0, "clean", "4"},
		"a merge queue":                      {"merge_group", group(second), nil, 1, "worse", "3"},
		"a merge queue, of nothing":          {"merge_group", group(third), nil, 0, "unchanged", "0"},
		"a schedule":                         {"schedule", map[string]any{"schedule": "17 5 * * *"}, nil, 1, "findings", "4"},
		"by hand":                            {"workflow_dispatch", map[string]any{"ref": "refs/heads/main"}, nil, 1, "findings", "4"},
		"a schedule with a base":             {"schedule", map[string]any{}, map[string]string{"base": "HEAD~1"}, 1, "worse", "3"},
		"by hand, with a base by its commit": {"workflow_dispatch", map[string]any{}, map[string]string{"base": third}, 0, "unchanged", "0"},
		"what a stranger's event asks for":   {"repository_dispatch", map[string]any{"action": "x"}, nil, 1, "findings", "4"},
		"a path of both states":              {"push", push(second), map[string]string{"paths": "mesh/cart.yaml\n", "config": "none"}, 0, "unchanged", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			j := r.at(c.event, c.payload, c.with)
			j.t = t
			j.start().want(t, c.code, map[string]string{"verdict": c.verdict, "new-findings": c.brought, "artifact": ""})
		})
	}
}

// A base that cannot be had is an error: neither another base nor an audit of everything takes its place.
func TestABaseThatIsNotThereFailsTheStep(t *testing.T) {
	p := pullRequest(t, false, misspell)
	shallow := filepath.Join(t.TempDir(), "shallow")
	if out, err := exec.CommandContext(t.Context(), "git", "clone", "-q", "--depth=1", "file://"+p.dir, shallow).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	elsewhere := shop(t)
	for name, c := range map[string]struct {
		dir, event string
		payload    func(j *job)
		with       map[string]string
		says       string
	}{
		"a shallow clone":             {dir: shallow, says: "fetch-depth: 0"},
		"a push, in a shallow clone":  {dir: shallow, event: "push", says: "fetch-depth: 0"},
		"another commit":              {dir: elsewhere.dir, says: "is neither the head of the pull request"},
		"a forced push":               {event: "push", says: "After a forced push it may be gone for good"},
		"a base that nobody knows":    {with: map[string]string{"base": "nowhere"}, says: `base "nowhere"`},
		"a base that is an option":    {with: map[string]string{"base": "--output=x"}, says: "want a branch, a tag or a commit"},
		"new-only without a base":     {event: "schedule", with: map[string]string{"new-only": "true"}, says: "names none; say one"},
		"a base, and no comparison":   {with: map[string]string{"new-only": "false", "base": "main"}, says: "there is nothing to compare with base"},
		"a privileged event":          {event: "pull_request_target", says: "Run muster on pull_request"},
		"a run after a pull request":  {event: "workflow_run", says: "Tell of the artifact of that run here"},
		"a branch that was deleted":   {event: "deleted", says: "there is nothing to audit"},
		"an input that is no word":    {with: map[string]string{"fail-on": "fatal"}, says: `fail-on "fatal": want error, warning, note or none`},
		"an output that is no format": {with: map[string]string{"output": "pdf"}, says: `output "pdf": want FORMAT`},
		"an output twice":             {with: map[string]string{"output": "json\njson=a"}, says: "stands in another line, too"},
		"a folder that is not there":  {with: map[string]string{"paths": "nowhere"}, says: "nowhere does not exist"},
		"a config that is not there":  {with: map[string]string{"config": "nowhere.yaml"}, says: "nowhere.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			with := map[string]string{}
			for k, v := range c.with {
				with[k] = v
			}
			j := p.job(with)
			j.t = t
			if c.dir != "" {
				j.workspace = c.dir
			}
			switch c.event {
			case "":
			case "deleted":
				j.event, j.payload = "push", map[string]any{"ref": "refs/heads/x", "before": p.base, "after": noCommit, "deleted": true, "repository": map[string]any{"id": 9, "full_name": "octo/shop"}}
			case "push":
				j.event, j.payload = "push", map[string]any{"ref": "refs/heads/x", "before": strings.Repeat("ab", 20), "after": p.merge, "repository": map[string]any{"id": 9, "full_name": "octo/shop"}}
			case "workflow_run":
				j.event, j.payload = "workflow_run", map[string]any{"action": "completed", "repository": map[string]any{"id": 9, "full_name": "octo/shop"},
					"workflow_run": map[string]any{"id": 9, "event": "pull_request", "head_sha": p.head, "head_branch": "topic", "head_repository": map[string]any{"id": 9, "full_name": "octo/shop"}}}
			default:
				j.event = c.event
			}
			r := j.start()
			if r.code != 2 || len(r.of("error")) == 0 || !strings.Contains(r.of("error")[0].message, c.says) {
				t.Errorf("exit %d, want 2 and %q:\n%s", r.code, c.says, r.log)
			}
			if v := r.outputs["verdict"]; v != "failed" && v != "" {
				t.Errorf("verdict %q", v)
			}
		})
	}
}

// The head itself may be checked out in place of its merge. The base may have moved on.
func TestTheHeadOfAPullRequestMayBeCheckedOut(t *testing.T) {
	p := pullRequest(t, false, misspell)
	p.git("checkout", "-q", p.head)
	r := p.job(nil).start()
	r.want(t, 1, map[string]string{"verdict": "worse", "new-findings": "1"})
	if !strings.Contains(r.log, "where it left its base") {
		t.Error(r.log)
	}
}

// A change cannot weaken what it is judged by.
func TestAChangeOfTheConfigIsTold(t *testing.T) {
	weaken := func(r *repository) {
		misspell(r)
		data, err := os.ReadFile(filepath.Join(r.dir, "muster.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		r.write("muster.yaml", string(data)+"\nrules: {DR601: off}\n")
	}
	p := pullRequest(t, false, weaken)
	r := p.job(nil).start()
	r.want(t, 1, map[string]string{"verdict": "worse", "new-findings": "1"})
	found := false
	for _, a := range r.of("warning") {
		found = found || a.file == "muster.yaml"
	}
	if !found {
		t.Errorf("no annotation tells of the config: %+v", r.annotations)
	}
}

// A folder that the base does not have is new as a whole.
func TestANewFleetIsAuditedAsAWhole(t *testing.T) {
	r := &repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	r.write("README.md", "words\n")
	base := r.commit("no fleet")
	if err := os.CopyFS(filepath.Join(r.dir, "fleets/shop"), os.DirFS(filepath.Join(root, "testdata/fleets/shop"))); err != nil {
		t.Fatal(err)
	}
	r.replace("fleets/shop/mesh/cart.yaml", "    outlierDetection:", "    outlierDetecton:")
	head := r.commit("a fleet")
	j := r.at("push", map[string]any{"ref": "refs/heads/main", "before": base, "after": head}, map[string]string{"working-directory": "fleets/shop"})
	res := j.start()
	res.want(t, 1, map[string]string{"verdict": "findings"})
	if errors := res.of("error"); len(errors) == 0 || errors[0].file != "fleets/shop/mesh/cart.yaml" {
		t.Errorf("annotations %+v", res.annotations)
	}
}

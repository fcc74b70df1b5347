package action

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/github/githubtest"
)

// repository is a clone as a runner has it.
type repository struct {
	t   *testing.T
	dir string
}

// shop is a repository with the example fleet on main.
func shop(t *testing.T) *repository {
	t.Helper()
	r := &repository{t, t.TempDir()}
	if err := os.CopyFS(r.dir, os.DirFS(filepath.Join(root, "testdata", "fleets", "shop"))); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main")
	r.commit("the fleet")
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", append([]string{"-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+r.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits everything and returns the id.
func (r *repository) commit(message string) string {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

func (r *repository) write(file, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, file)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) replace(file, old, text string) {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, file))
	if err != nil || strings.Count(string(data), old) != 1 {
		r.t.Fatalf("%s has %q %d times (%v)", file, old, strings.Count(string(data), old), err)
	}
	r.write(file, strings.Replace(string(data), old, text, 1))
}

// misspell breaks the failover of one service: one finding, which has a repair.
func misspell(r *repository) {
	r.replace("mesh/cart.yaml", "    outlierDetection:", "    outlierDetecton:")
}

// routes adds n routes that lead nowhere: n findings.
func routes(n int) func(*repository) {
	return func(r *repository) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v%d, namespace: storefront}\n"+
				"spec:\n  hosts: [h%d.example.com]\n  http:\n  - route:\n    - destination: {host: nowhere%d.storefront.svc.cluster.local}\n", i, i, i)
		}
		r.write("mesh/many.yaml", b.String())
	}
}

// pull is a pull request whose merge is checked out, as actions/checkout does it.
type pull struct {
	*repository
	base, head, merge string
	fork              bool
}

// pullRequest makes one of a change. The base moves on meanwhile, by a change that is no business of the pull request.
func pullRequest(t *testing.T, fork bool, change func(*repository)) *pull {
	t.Helper()
	p := &pull{repository: shop(t), fork: fork}
	p.git("checkout", "-q", "-b", "topic")
	change(p.repository)
	p.head = p.commit("the change")
	p.git("checkout", "-q", "main")
	p.replace("mesh/orders.yaml", "    outlierDetection:", "    outlierDetecton:")
	p.base = p.commit("somebody else's change")
	p.git("checkout", "-q", "--detach", "main")
	p.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
	p.merge = p.git("rev-parse", "HEAD")
	return p
}

func (p *pull) headRepo() string {
	if p.fork {
		return "stranger/shop"
	}
	return "octo/shop"
}

func side(ref, sha, repo string) map[string]any {
	return map[string]any{"ref": ref, "sha": sha, "repo": map[string]any{"id": len(repo), "full_name": repo}}
}

// job is a job for it. The event names the base as it stood when the pull request was opened.
func (p *pull) job(with map[string]string) *job {
	p.t.Helper()
	j := &job{t: p.t, with: with, workspace: p.dir, event: "pull_request", sha: p.merge, token: githubtest.JobToken}
	if p.fork {
		j.token = githubtest.ForkToken
	}
	j.payload = map[string]any{
		"action": "synchronize", "number": 7, "repository": map[string]any{"id": len("octo/shop"), "full_name": "octo/shop"},
		"pull_request": map[string]any{"number": 7, "head": side("topic", p.head, p.headRepo()), "base": side("main", p.git("rev-parse", "main^"), "octo/shop")},
	}
	if j.with == nil {
		j.with = map[string]string{}
	}
	j.with["binary-path"] = binary
	return j
}

// server is a GitHub that has the pull request.
func (p *pull) server() *githubtest.Server {
	p.t.Helper()
	s := githubtest.Start(p.t)
	patch := p.git("diff", "main", p.merge, "--", "mesh/cart.yaml")
	if _, hunks, ok := strings.Cut(patch, "\n@@"); ok {
		patch = "@@" + hunks
	}
	s.AddPull(githubtest.PullRequest{Repo: "octo/shop", HeadRepo: p.headRepo(), Number: 7, HeadSHA: p.head, BaseSHA: p.base, HeadRef: "topic", BaseRef: "main",
		Files: []githubtest.File{{Path: "mesh/cart.yaml", Patch: patch}}})
	return s
}

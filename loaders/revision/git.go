package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// repository is where git is asked.
type repository struct {
	git    string // the program
	dir    string // the .git folder or file, or the folder of a bare repository
	top    string // the root of the working tree, or that folder
	below  string // the folder that was given, relative to top
	named  string // that folder as it was given
	isCut  bool   // a shallow clone
	shared string // the file that lists where a shallow clone is cut
}

// find finds the repository that a folder is in.
func find(ctx context.Context, dir string, o Options) (*repository, error) {
	program, err := exec.LookPath(o.Git)
	if err != nil {
		return nil, fail(ErrNoGit, "git is needed to read a revision, and it cannot be run (%v); install it, or compare two directories", err)
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// What is read of the working tree is where the folder really is.
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, fail(ErrNoRepository, "%s: %v", shown(dir), pathError(err))
	}
	r := &repository{git: program, named: dir}
	switch {
	case workingTree(abs) != "":
		r.top = workingTree(abs)
		r.dir = filepath.Join(r.top, ".git")
	case isBare(abs):
		r.top, r.dir = abs, abs
	default:
		return nil, fail(ErrNoRepository, "%s is in no git repository; name a folder of a checkout, or compare two directories", shown(dir))
	}
	if r.below, err = filepath.Rel(r.top, abs); err != nil {
		return nil, err
	}
	out, err := r.ask(ctx, "rev-parse", "--is-shallow-repository", "--git-path", "shallow")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fail(ErrNoRepository, "%s is no repository that git can read: %v", shown(r.dir), err)
	}
	cut, shallow, _ := strings.Cut(out, "\n")
	if r.isCut = cut == "true"; !filepath.IsAbs(shallow) {
		shallow = filepath.Join(r.top, shallow)
	}
	r.shared = shallow
	return r, nil
}

// workingTree is the nearest folder upward that has a .git entry, or "". That of a worktree or a submodule is a file.
func workingTree(abs string) string {
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// settings outrank the configuration of the repository. The verbs that are used here obey none of them; they are a second
// line, should a version of git think otherwise.
var settings = []string{
	"core.fsmonitor=false", "core.hooksPath=" + os.DevNull, "core.pager=cat", "core.alternateRefsCommand=", "core.warnAmbiguousRefs=true",
	"protocol.allow=never", "credential.helper=", "advice.graftFileDeprecated=false", "gc.auto=0", "maintenance.auto=false",
}

// environment is made from nothing, so that neither the caller's repository nor its configuration is seen. GIT_DIR says which
// repository it is, so that git searches none and asks not whose it is; GIT_WORK_TREE outranks core.worktree.
func (r *repository) environment() []string {
	env := []string{
		"GIT_DIR=" + r.dir, "GIT_WORK_TREE=" + r.top,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=" + os.DevNull, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		// A home without files: the repository's configuration may name files in it, which git must be able to expand.
		"HOME=" + os.DevNull,
		"GIT_NO_LAZY_FETCH=1",
		// For versions that do not know the line above. It outranks protocol.ext.allow of the repository, which protocol.allow
		// does not. There is no protocol of that name.
		"GIT_ALLOW_PROTOCOL=none",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=" + os.DevNull,
		"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_PAGER=cat", "LC_ALL=C",
	}
	for _, name := range []string{"PATH", "SYSTEMROOT"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"--no-pager", "--literal-pathspecs"}
	for _, s := range settings {
		all = append(all, "-c", s)
	}
	cmd := exec.CommandContext(ctx, r.git, append(all, args...)...) //nolint:gosec // git with verbs of ours; revisions stand behind --end-of-options
	cmd.Env, cmd.Dir, cmd.WaitDelay = r.environment(), r.top, 5*time.Second
	return cmd
}

// answer is what a run of git that fails said.
type answer struct {
	code int
	said string
}

func (a *answer) Error() string { return a.said }

// ask runs git and returns its output, without the line end. What it says beside an answer is an error too: it warns of names
// that mean several things.
func (r *repository) ask(ctx context.Context, args ...string) (string, error) {
	cmd := r.command(ctx, args...)
	var out bytes.Buffer
	said := &limited{most: 16 << 10}
	cmd.Stdout, cmd.Stderr = &out, said
	if err := cmd.Run(); err != nil {
		return "", explain(ctx, err, said)
	}
	if strings.Contains(said.String(), "is ambiguous") {
		return "", &answer{0, said.lines()}
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// explain makes an error of a run of git.
func explain(ctx context.Context, err error, said *limited) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fail(ErrNoGit, "git cannot be run: %v", err)
	}
	if said.lines() == "" {
		return &answer{exit.ExitCode(), exit.String()}
	}
	return &answer{exit.ExitCode(), said.lines()}
}

// limited keeps the beginning of what is written to it.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(l.most-l.Len(), 0))])
	return len(p), nil
}

// lines are at most three lines of what git said, as one that can be shown.
func (l *limited) lines() string {
	var kept []string
	for line := range strings.Lines(l.String()) {
		line = strings.Trim(fmt.Sprintf("%+q", strings.TrimSpace(line)), `"`)
		if line != "" && !strings.HasPrefix(line, "hint:") && len(kept) < 3 {
			kept = append(kept, line[:min(len(line), 300)])
		}
	}
	return strings.Join(kept, "; ")
}

func pathError(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}

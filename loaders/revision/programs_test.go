package revision

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A repository whose configuration names a program wherever git knows one: none may run.
func TestNoProgramOfTheRepositoryRuns(t *testing.T) {
	r := newRepo(t)
	base := r.commit("a.yaml", "1", ".gitattributes", "* filter=evil diff=evil merge=evil ident text eol=crlf\n", "b.yaml", "$Id$\n")
	r.git("checkout", "-q", "-b", "feature")
	r.commit("a.yaml", "2\n")
	lost := r.commitTree(r.tree(item{"100644", "a.yaml", strings.Repeat("7", 40)}))
	markers := t.TempDir()
	program := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(program, []byte("#!/bin/sh\ntouch '"+markers+"'/\"$(basename \"x$1\")\"\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	evil := func(what string) string { return program + " " + what }
	for key, value := range map[string]string{
		"core.fsmonitor": program, "core.hooksPath": filepath.Dir(program), "core.pager": evil("pager"), "core.editor": evil("editor"), "core.sshCommand": evil("ssh"),
		"core.gitProxy": program, "core.askPass": program, "core.alternateRefsCommand": evil("refs"), "credential.helper": "!" + evil("credential"),
		"pager.ls-tree": evil("pager"), "pager.cat-file": evil("pager"), "pager.rev-parse": evil("pager"), "gpg.program": program,
		"alias.ls-tree": "!" + evil("alias"), "alias.cat-file": "!" + evil("alias"), "alias.rev-parse": "!" + evil("alias"), "alias.merge-base": "!" + evil("alias"),
		"filter.evil.smudge": evil("smudge"), "filter.evil.clean": evil("clean"), "filter.evil.process": evil("process"), "filter.evil.required": "true",
		"diff.evil.textconv": evil("textconv"), "diff.evil.command": evil("diff"), "diff.external": evil("external"), "merge.evil.driver": evil("merge"),
		"extensions.partialClone": "origin", "core.repositoryformatversion": "1", "remote.origin.promisor": "true",
		"remote.origin.url": "ext::" + evil("transport"), "remote.origin.uploadpack": evil("uploadpack"), "remote.origin.vcs": "ext",
		"protocol.ext.allow": "always", "protocol.allow": "always", "uploadpack.packObjectsHook": program,
		"trace2.eventTarget": filepath.Join(markers, "trace"), "trace2.normalTarget": filepath.Join(markers, "trace"),
	} {
		r.git("config", key, value)
	}
	for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"} {
		if err := os.Symlink(program, filepath.Join(filepath.Dir(program), hook)); err != nil {
			t.Fatal(err)
		}
	}
	tree := mustOpen(t, r.dir, "main...feature", Options{})
	if tree.Revision != base {
		t.Errorf("%s, want %s", tree.Revision, base)
	}
	expect(t, "as it is stored", names(t, tree.Top), ".git=", ".gitattributes=* filter=evil diff=evil merge=evil ident text eol=crlf\n", "a.yaml=1", "b.yaml=$Id$\n")
	fails(t, r.dir, strings.Repeat("8", 40), Options{}, ErrUnknownRevision)
	fails(t, r.dir, "nowhere", Options{}, ErrUnknownRevision)
	fails(t, r.dir, lost, Options{}, ErrIncomplete)
	expect(t, "programs that ran", names(t, markers))

	// The markers would tell: git that is asked in another way runs some of them.
	if out, err := r.run(nil, "cat-file", "--filters", "HEAD:a.yaml"); err == nil {
		t.Error("a filter that fails is required: ", out)
	}
	if out, err := r.run(nil, "cat-file", "-e", strings.Repeat("8", 40)); err == nil {
		t.Error("there is no such object: ", out)
	}
	ran := names(t, markers)
	if !slices.Contains(ran, "xprocess=") || !slices.Contains(ran, "xtransport=") {
		t.Errorf("none would have run: %q", ran)
	}
}

// A replaced object or a graft would show another history than everybody else's.
func TestReplacedHistoryIsNotObeyed(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "0")
	first := r.commit("a.yaml", "1")
	second := r.commit("a.yaml", "2")
	other := r.commit("a.yaml", "other")
	blob := r.git("rev-parse", second+":a.yaml")
	r.git("replace", blob, r.object("blob", []byte("replaced")))
	r.git("replace", second, other)
	r.write(".git/info/grafts", second+"\n")
	tree := mustOpen(t, r.dir, second, Options{})
	expect(t, "files", names(t, tree.Top), ".git=", "a.yaml=2")
	if before := mustOpen(t, r.dir, second+"~1", Options{}); before.Revision != first {
		t.Errorf("%s, want %s", before.Revision, first)
	}
}

func TestNothingOfTheCallerIsPassedOn(t *testing.T) {
	for _, name := range []string{"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_TRACE", "GIT_EXEC_PATH", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "HOME", "LD_PRELOAD", "GIT_SSH_COMMAND"} {
		t.Setenv(name, "/nowhere")
	}
	t.Setenv("PATH", "/usr/bin")
	env := (&repository{dir: "/r/.git", top: "/r"}).environment()
	for _, v := range env {
		if strings.Contains(v, "nowhere") {
			t.Error(v)
		}
	}
	// With GIT_DIR git searches no repository, and so asks not whose it is.
	for _, want := range []string{"GIT_DIR=/r/.git", "GIT_WORK_TREE=/r", "GIT_CONFIG_NOSYSTEM=1", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1", "PATH=/usr/bin"} {
		if !slices.Contains(env, want) {
			t.Errorf("%q lacks %s", env, want)
		}
	}
}

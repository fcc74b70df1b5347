package revision

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"unicode"
)

// resolve finds the commit that a revision means; bases are all merge bases where A...B is asked for.
func (r *repository) resolve(ctx context.Context, rev string, o Options) (id ID, bases []ID, err error) {
	switch {
	case rev == "":
		return "", nil, fail(ErrBadRevision, "the name of a revision is empty; name a branch, a tag or a commit, such as HEAD")
	case rev[0] == '-':
		return "", nil, fail(ErrBadRevision, "%s begins with a dash, so it is an option and no revision", shown(rev))
	case len(rev) > mostPath || strings.ContainsFunc(rev, unicode.IsControl):
		return "", nil, fail(ErrBadRevision, "%s is too long or holds a control character; it is no name of a revision", shown(rev))
	}
	if from, to, ok := strings.Cut(rev, "..."); ok {
		return r.mergeBase(ctx, rev, orHead(from), orHead(to), o)
	}
	if from, to, ok := strings.Cut(rev, ".."); ok {
		return "", nil, fail(ErrBadRevision, "%s is a range of revisions; name one, or %s for where the two parted", shown(rev), shown(from+"..."+to))
	}
	id, err = r.commit(ctx, rev)
	return id, nil, err
}

func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}

// commit finds the commit that a name means.
func (r *repository) commit(ctx context.Context, rev string) (ID, error) {
	if rev[0] == '-' {
		return "", fail(ErrBadRevision, "%s begins with a dash, so it is an option and no revision", shown(rev))
	}
	out, err := r.ask(ctx, "rev-parse", "--verify", "--end-of-options", rev+"^{commit}")
	if err == nil {
		if !isID(out) {
			return "", fail(ErrBadRevision, "%s does not name one commit; name a branch, a tag or a commit", shown(rev))
		}
		return ID(out), nil
	}
	said, ok := errors.AsType[*answer](err)
	if !ok {
		return "", err
	}
	switch {
	case isID(rev) && said.code == 0:
		return ID(rev), nil // A branch has that name, too; the id outranks it.
	case strings.Contains(said.said, "ambiguous"):
		return "", fail(ErrAmbiguous, "%s means several things (%s); name it in full, such as refs/heads/%s or all digits of the commit", shown(rev), said.said, rev)
	}
	if found, err := r.ask(ctx, "rev-parse", "--verify", "--end-of-options", rev); err == nil && isID(found) {
		if kind, err := r.ask(ctx, "cat-file", "-t", found); err == nil && kind != "commit" && kind != "tag" {
			return "", fail(ErrBadRevision, "%s is a %s and no commit; name a branch, a tag or a commit", shown(rev), kind)
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if r.isCut {
		return "", fail(ErrShallow, "%s is not in this clone, which is shallow; %s", shown(rev), fetchAll)
	}
	return "", fail(ErrUnknownRevision, "%s is no revision of the repository at %s (%s); fetch it first (`git fetch origin BRANCH`) and name it as git does, such as origin/main",
		shown(rev), shown(r.top), said.said)
}

func isID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// mergeBase finds where two revisions parted.
func (r *repository) mergeBase(ctx context.Context, rev, from, to string, o Options) (ID, []ID, error) {
	a, err := r.commit(ctx, from)
	if err != nil {
		return "", nil, err
	}
	b, err := r.commit(ctx, to)
	if err != nil {
		return "", nil, err
	}
	out, err := r.ask(ctx, "merge-base", "--all", string(a), string(b))
	if said, ok := errors.AsType[*answer](err); ok && said.code == 1 {
		out, err = "", nil
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return "", nil, ctx.Err()
	case err != nil:
		return "", nil, fail(ErrIncomplete, "%s: git finds no merge base (%v); %s", shown(rev), err, fetchBlobs)
	case out == "" && r.isCut:
		return "", nil, fail(ErrShallow, "%s: this clone is shallow and does not reach back to where the two parted; %s", shown(rev), fetchAll)
	case out == "":
		return "", nil, fail(ErrUnrelated, "%s: the two have no commit in common, so there is no merge base; name the revision to compare with itself", shown(rev))
	}
	var bases []ID
	for _, line := range strings.Split(out, "\n") {
		if !isID(line) {
			return "", nil, fail(ErrIncomplete, "%s: git answers %s where a merge base should stand", shown(rev), shown(line))
		}
		bases = append(bases, ID(line))
	}
	if err := r.isWhole(ctx, rev, a, b, bases); err != nil {
		return "", nil, err
	}
	if len(bases) > 1 && !o.FirstMergeBase {
		return "", nil, fail(ErrManyMergeBases, "%s: the two were merged into each other and have %d merge bases (%s, %s, …); a comparison with either would count changes "+
			"of the other side as changes of this one; merge %s into %s once more, or name one of them", shown(rev), len(bases), bases[0], bases[1], shown(from), shown(to))
	}
	return bases[0], bases, nil
}

// isWhole makes sure that a shallow clone is not cut between the merge bases and the two revisions: behind the cut may lie a
// later one.
func (r *repository) isWhole(ctx context.Context, rev string, a, b ID, bases []ID) error {
	if !r.isCut {
		return nil
	}
	cut, err := readIDs(r.shared)
	if err != nil {
		return fail(ErrShallow, "%s: this clone is shallow, and where it is cut cannot be read (%v); %s", shown(rev), pathError(err), fetchAll)
	}
	args := []string{"rev-list", string(a), string(b), "--not"}
	for _, base := range bases {
		args = append(args, string(base))
	}
	out, err := r.ask(ctx, append(args, "--")...)
	if err != nil {
		return err
	}
	for id := range strings.SplitSeq(out, "\n") {
		if cut[ID(id)] {
			return fail(ErrShallow, "%s: this clone is shallow and is cut at %s, before the two meet; %s", shown(rev), id, fetchAll)
		}
	}
	return nil
}

// readIDs reads a file of ids, one a line.
func readIDs(name string) (map[ID]bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids := map[ID]bool{}
	lines := bufio.NewScanner(io.LimitReader(f, 64<<20))
	for lines.Scan() {
		ids[ID(lines.Text())] = true
	}
	return ids, lines.Err()
}

package main

import (
	"context"
	"io"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fix"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/loaders/revision"
)

// suggest suggests repairs of what the change brings, and withdraws those that it no longer needs.
func (a *action) suggest(ctx context.Context, client *github.Client, ch github.Change, j *judged) error {
	list, err := a.repairs(ctx, j)
	if err != nil {
		return err
	}
	if _, err := client.Dismiss(ctx, ch, list); err != nil {
		return err
	}
	done, err := client.Review(ctx, ch, list)
	if err == nil && done.Posted > 0 {
		a.log.say("%d suggestions are at %s", done.Posted, done.URL)
	}
	return err
}

// repairs are proven repairs of findings that are new or more severe (all of them where nothing was compared), as
// suggestions for the head of the pull request.
func (a *action) repairs(ctx context.Context, j *judged) ([]github.Suggestion, error) {
	if j.diff == nil && j.scan == nil {
		return nil, nil
	}
	o := a.scanOptions(io.Discard)
	cfg, paths, err := o.plan()
	if err != nil {
		return nil, err
	}
	var wanted func(*analyzer.Finding) bool
	if j.diff != nil {
		brought := map[string]bool{}
		for _, f := range slices.Concat(j.diff.Findings.New, j.diff.Findings.Raised) {
			brought[f.Fingerprint] = true
		}
		if len(brought) == 0 {
			return nil, nil
		}
		wanted = func(f *analyzer.Finding) bool { return brought[f.Fingerprint()] }
	}
	files := fix.Files{Roots: (&fixOptions{scanOptions: *o}).editable(cfg)}
	r, err := fix.Run(ctx, fix.Options{
		Load: func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error) {
			return o.readFleet(ctx, cfg, paths, overlay)
		},
		Judge: func(ctx context.Context, f *fleet.Fleet) (*failover.Matrix, []*analyzer.Finding, error) {
			return o.find(ctx, f, nil)
		},
		Read: files.Read, Real: files.Real, Wanted: wanted,
	})
	if err != nil {
		return nil, stopped(ctx, err)
	}
	list, left := github.Suggestions(r.Repaired, r.Old, j.options)
	if left > 0 {
		a.log.say("%d repairs are too large to suggest; muster fix makes them", left)
	}
	return a.sameAsHead(ctx, list)
}

// sameAsHead keeps suggestions for files that the head of the pull request has as the commit that is checked out: in its
// merge with the base, lines may stand elsewhere.
func (a *action) sameAsHead(ctx context.Context, list []github.Suggestion) ([]github.Suggestion, error) {
	if len(list) == 0 {
		return nil, nil
	}
	none := revision.Options{Want: func(string) bool { return false }, Temp: a.dir}
	var trees []*revision.Tree
	for _, rev := range []string{"HEAD", a.event.HeadSHA} {
		t, err := revision.Open(ctx, ".", rev, none)
		if err != nil {
			return nil, err
		}
		defer func() { _ = t.Close() }() //nolint:gocritic // two trees
		trees = append(trees, t)
	}
	return slices.DeleteFunc(list, func(s github.Suggestion) bool {
		here, _ := trees[0].Blob(s.Path)
		there, ok := trees[1].Blob(s.Path)
		return !ok || here != there
	}), nil
}

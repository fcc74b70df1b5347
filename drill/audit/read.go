package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

// read reads the recordings and puts them on one time axis.
func (a *auditor) read(ctx context.Context) error {
	a.file = map[string]string{}
	var recs []*record.Recording
	collected := map[string]*measure.Collector{}
	for _, f := range a.in.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, views, err := a.recording(f)
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		id := rec.Header.Prober.ID
		recs, collected[id], a.file[id] = append(recs, rec), views, filepath.Base(f.Name)
	}
	if len(recs) == 0 {
		return nil
	}
	m, err := record.Merge(recs...)
	if err != nil {
		return fmt.Errorf("the recordings are not of one run: %w", err)
	}
	a.merged = m
	last := time.Duration(0)
	for _, p := range m.Probers {
		views := collected[p.Prober.ID].Views(p.Shift)
		for i := range views {
			v := &views[i]
			for _, again := range m.Repeated {
				if again.Prober == p.Prober.ID {
					*v = v.Without(again.From.Duration(), again.To.Duration())
				}
			}
			for i := range v.Requests {
				last = max(last, v.Requests[i].End)
			}
		}
		a.views = append(a.views, views...)
		a.live(p)
	}
	for _, e := range m.Events {
		last = max(last, e.At.Duration())
	}
	a.unfinished(recs)
	if err := a.earlierNull(ctx); err != nil {
		return err
	}
	r := a.report
	r.Run, r.Began, r.Ended = m.Run, m.Anchor, m.Anchor.Add(last)
	if m.PlanDigest != "" && m.PlanDigest != r.PlanDigest {
		a.doubt(doubtPlan, "the run followed another version of the plan (%s); this one is %s", short(m.PlanDigest), short(r.PlanDigest))
	}
	return nil
}

// earlierNull reads the null rounds of earlier runs. They count if they are of this plan, and young enough.
func (a *auditor) earlierNull(ctx context.Context) error {
	for _, f := range a.in.Null {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, collected, err := a.recording(f)
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		name := filepath.Base(f.Name)
		if rec.Header.PlanDigest != a.report.PlanDigest {
			a.doubt(measure.DoubtNull, "%s: the null drill is one of another version of the plan", name)
			continue
		}
		age := a.merged.Anchor.Sub(rec.Header.WallAnchor)
		if most := a.plan.Safety.NullMaxAge.Std(); most > 0 && age > most {
			a.doubt(measure.DoubtNull, "%s: the null drill was %s before this one, and %s is the most", name, age.Round(time.Minute), a.plan.Safety.NullMaxAge)
			continue
		}
		a.normal = append(a.normal, collected.Views(0)...)
	}
	return nil
}

// unfinished notes recordings that end early, and that no other goes on from.
func (a *auditor) unfinished(recs []*record.Recording) {
	for _, r := range recs {
		id := r.Header.Prober.ID
		if !r.Complete() && !a.broken && !slices.ContainsFunc(recs, func(o *record.Recording) bool { return o.Header.Continues == r.Head }) {
			a.doubt(measure.DoubtIncomplete, "%s: the recording of prober %s ends without a footer: what is missing is not known", a.file[id], id)
		}
	}
	for _, again := range a.merged.Repeated {
		for i := range a.report.Sources {
			if s := &a.report.Sources[i]; s.Name == a.file[again.Prober] {
				s.Notes = append(s.Notes, fmt.Sprintf("round %s was interrupted and made again (%s): only the last attempt counts", again.Name, fallback(again.Why, "no reason is given")))
			}
		}
	}
}

// live notes what proxies held, as the header of a recording says.
func (a *auditor) live(p record.Part) {
	if p.Live == "" {
		return
	}
	a.report.LiveConfigDigest = p.Live
	a.in.Live = append(a.in.Live, Live{Source: a.file[p.Prober.ID], Digest: p.Live})
}

// recording reads one file. What follows a line that was changed does not count.
func (a *auditor) recording(f File) (*record.Recording, *measure.Collector, error) {
	in, err := f.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read a recording: %w", err)
	}
	defer in.Close()
	sum := &summed{in: in, sum: sha256.New()}
	views := &measure.Collector{}
	rec, broken := record.Scan(sum, views.Sample, views.Drop)
	if _, err := io.Copy(io.Discard, sum); err != nil || sum.err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Name, errors.Join(err, sum.err))
	}
	s := Source{Name: filepath.Base(f.Name), Format: "native", SHA256: hex.EncodeToString(sum.sum.Sum(nil)), Notes: []string{}}
	if rec != nil {
		s.Lines, s.Head, s.Complete = rec.Lines, rec.Head, rec.Complete()
	}
	switch {
	case broken != nil:
		a.broken = true
		s.Broken = fmt.Sprintf("%s: %s", f.Name, broken)
		s.Notes = append(s.Notes, "nothing from that line on counts")
		a.doubt(doubtBroken, "%s", s.Broken)
	case rec.Torn > 0:
		s.Notes = append(s.Notes, fmt.Sprintf("the last line was torn after %d bytes", rec.Torn))
	case !rec.Complete():
		s.Notes = append(s.Notes, "it ends without a footer")
	}
	a.report.Sources = append(a.report.Sources, s)
	return rec, views, nil
}

// summed is a reader that hashes what passes, and keeps its error: one of the disk is none of the file.
type summed struct {
	in  io.Reader
	sum hash.Hash
	err error
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.sum.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// short is enough of a digest to tell two apart.
func short(digest string) string {
	const length = len("sha256:") + 12
	if len(digest) > length {
		return digest[:length]
	}
	return digest
}

// joined puts the lines of several errors into one.
func joined(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

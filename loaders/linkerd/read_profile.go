package linkerd

import (
	"errors"
	"strconv"
	"time"

	"github.com/passmuster/muster/loaders/source"
)

// Why the destination server cannot translate a match (linkerd2 pkg/profiles, profile_translator.go).
var (
	errNoMatch     = errors.New("a condition is missing")
	errEmptyMatch  = errors.New("a condition has to name at least one thing that it matches")
	errStatusRange = errors.New("a range of status codes has to be within 100 to 599, its minimum not above its maximum")
)

func readProfile(r *reader, doc *source.Document) {
	o := decode[profileManifest](r, doc)
	if o == nil {
		return
	}
	p := &ServiceProfile{Meta: newMeta(doc, o.Metadata)}
	for i, route := range o.Spec.Routes {
		origin := p.At("/spec/routes/" + strconv.Itoa(i))
		if route == nil {
			p.invalid(errNoMatch, origin.Path)
			continue
		}
		p.invalid(route.Condition.check(), origin.Path+"/condition")
		for j, class := range route.ResponseClasses {
			at := origin.Path + "/responseClasses/" + strconv.Itoa(j)
			if class == nil {
				p.invalid(errNoMatch, at)
				continue
			}
			p.invalid(class.Condition.check(), at+"/condition")
		}
		out := ProfileRoute{
			Name: route.Name, Retryable: route.IsRetryable, Origin: origin,
			Timeout: r.duration(doc, origin.Path+"/timeout", route.Timeout),
		}
		if route.Condition != nil {
			out.Method, out.PathRegex = route.Condition.Method, route.Condition.PathRegex
		}
		p.Routes = append(p.Routes, out)
	}
	for i, o := range o.Spec.DstOverrides {
		origin := p.At("/spec/dstOverrides/" + strconv.Itoa(i))
		if o == nil {
			p.invalid(errors.New("an override is empty"), origin.Path)
			continue
		}
		weight, ok := o.Weight.decimilli()
		if !ok && o.Weight != "" {
			p.invalid(errors.New("a weight is no quantity"), origin.Path+"/weight")
		}
		p.Overrides = append(p.Overrides, Override{Authority: o.Authority, Weight: weight, Origin: origin})
	}
	if b := o.Spec.RetryBudget; b != nil {
		origin := p.At("/spec/retryBudget")
		ttl, err := time.ParseDuration(b.TTL)
		if err != nil {
			p.invalid(errors.New("the retry budget needs a ttl, such as 10s"), origin.Path+"/ttl")
		}
		p.Budget = &RetryBudget{Ratio: b.RetryRatio, MinPerSecond: b.MinRetriesPerSecond, TTL: ttl, Origin: origin}
	}
	if p.Invalid != "" {
		r.fail(doc, p.InvalidOrigin.Path, "Linkerd cannot use this ServiceProfile, and clients go on without it: "+p.Invalid)
	}
	r.out.Profiles[p.Key] = p
}

// decimilli is a weight as the protocol has it: 10000 = 1. The conversion wraps around as the
// destination server's does.
func (w Weight) decimilli() (uint32, bool) {
	milli, ok := w.Milli()
	return uint32(milli * weightOfAThousandthOf1), ok
}

// invalid notes the first thing that makes a profile unusable.
func (p *ServiceProfile) invalid(err error, path string) {
	if err != nil && p.Invalid == "" {
		p.Invalid, p.InvalidOrigin = err.Error(), p.At(path)
	}
}

// check reports why the destination server cannot translate a condition of a route.
func (m *requestMatch) check() error {
	if m == nil {
		return errNoMatch
	}
	for _, inner := range append(m.All[:len(m.All):len(m.All)], m.Any...) {
		if err := inner.check(); err != nil {
			return err
		}
	}
	if m.Not != nil {
		return m.Not.check()
	}
	if m.All == nil && m.Any == nil && m.Method == "" && m.PathRegex == "" {
		return errEmptyMatch
	}
	return nil
}

// check reports why the destination server cannot translate a condition of a response class.
func (m *responseMatch) check() error {
	if m == nil {
		return errNoMatch
	}
	for _, inner := range append(m.All[:len(m.All):len(m.All)], m.Any...) {
		if err := inner.check(); err != nil {
			return err
		}
	}
	const lowest, highest = 100, 599
	if s := m.Status; s != nil {
		outside := func(code uint32) bool { return code != 0 && (code < lowest || code > highest) }
		if outside(s.Min) || outside(s.Max) || s.Max != 0 && s.Min > s.Max {
			return errStatusRange
		}
	}
	if m.Not != nil {
		return m.Not.check()
	}
	if m.All == nil && m.Any == nil && m.Status == nil {
		return errEmptyMatch
	}
	return nil
}

package failover

// miss lowers an answer by what the surviving copies of the service miss of their dependencies.
func (w *worker) miss(f *asking, a *Answer) {
	if !f.lacks || a.Outcome == Lost {
		return
	}
	own := w.missElsewhere(f, a)
	switch {
	case a.Outcome == Lost || own == 0:
		return
	case f.lost == nil:
		return
	case f.lost.share == 0:
		if f.lost.unknown != "" && a.FailingShare == 0 {
			a.Outcome, a.Reason, a.Undecided = Unknown, f.lost.unknown, nil
			a.Causes = keepCauses(a.Causes, CauseExposed)
		}
		return
	}
	if w.detail {
		a.addCause(f.lost.cause)
	}
	if w.traces {
		a.Trace = append(a.Trace, f.lost.cause.Detail)
	}
	a.FailingShare = round(1 - (1-a.FailingShare)*(1-own*f.lost.share))
	a.Outcome, a.Reason = Degraded, f.lost.cause.Detail
	if a.FailingShare >= 1 {
		a.Outcome, a.FailingShare, a.Recovery, a.Destinations = Lost, 1, Recovery{}, nil
	}
}

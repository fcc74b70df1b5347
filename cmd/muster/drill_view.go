package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/passmuster/muster/drill/plan"
	drillrun "github.com/passmuster/muster/drill/run"
	"github.com/passmuster/muster/report"
)

// How often a terminal is drawn anew, and how often a log gets a line beside those of events.
const (
	drawEvery = 300 * time.Millisecond
	sayEvery  = 5 * time.Second
)

// drillView shows what a run is at, on stderr. It only ever reads snapshots, so that no prober waits for it.
type drillView struct {
	out   io.Writer
	fd    int // of a terminal; -1 = a log
	live  *drillrun.Live
	look  look
	known int // lines of the log that are shown
	drawn int // lines that the next drawing takes away
	said  time.Duration

	stop, done chan struct{}
}

// look is what the text may look like.
type look struct {
	title        string
	width        int // 0 = as wide as the terminal
	color, ascii bool
}

func startDrillView(s streams, f *drillRunFlags, p *plan.Plan, d *drillrun.Drill, live *drillrun.Live) *drillView {
	t := f.terminal(s.err)
	v := &drillView{out: s.err, fd: -1, live: live, stop: make(chan struct{}), done: make(chan struct{}),
		look: look{title: p.Metadata.ID + "  run " + d.Run, width: f.Width, color: t.Color, ascii: t.ASCII}}
	if fd, ok := terminalOf(s.err); ok && os.Getenv("TERM") != "dumb" {
		v.fd = fd
	}
	fmt.Fprintln(v.out, report.Printable(fmt.Sprintf("muster: run %s records in %s", d.Run, d.Dir)))
	tick := time.NewTicker(drawEvery)
	go func() {
		defer tick.Stop()
		defer close(v.done)
		for {
			select {
			case <-v.stop:
				v.show(true)
				return
			case <-tick.C:
				v.show(false)
			}
		}
	}()
	return v
}

func (v *drillView) end() {
	close(v.stop)
	<-v.done
}

// show draws a snapshot, or logs what is new of it.
func (v *drillView) show(last bool) {
	s := v.live.Snapshot()
	var text strings.Builder
	if v.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA\x1b[J", v.drawn) // up, and empty from there
		v.drawn = 0
	}
	for ; v.known < len(s.Log); v.known++ {
		l := s.Log[v.known]
		for line := range strings.SplitSeq(l.Text, "\n") {
			fmt.Fprintln(&text, report.Printable(fmt.Sprintf("%8.1fs  %s", l.At.Seconds(), line)))
		}
	}
	switch {
	case last || s.Phase == "":
	case v.fd >= 0:
		lk := v.look
		if columns, _, err := term.GetSize(v.fd); err == nil && lk.width == 0 {
			lk.width = columns
		}
		lines := lk.draw(s)
		v.drawn = len(lines)
		fmt.Fprintln(&text, strings.Join(lines, "\n"))
	case s.Now-v.said >= sayEvery:
		v.said = s.Now
		fmt.Fprintln(&text, report.Printable(plainLine(s)))
	}
	_, _ = io.WriteString(v.out, text.String()) // to a terminal: there is nobody else to tell
}

// plainLine is a run's state for a log.
func plainLine(s drillrun.Snapshot) string {
	good, bad := 0, 0
	for _, c := range s.Cells {
		good, bad = good+c.Good, bad+c.Bad
	}
	parts := []string{fmt.Sprintf("%8.1fs  round %s: %s %s", s.Now.Seconds(), s.Round.Name, s.Phase, passed(s)), fmt.Sprintf("good %d, bad %d in the last second", good, bad)}
	for _, c := range s.Cells {
		if text := outage(c, s.RTO); text != "" {
			parts = append(parts, text)
			break
		}
	}
	if s.Total.Dropped > 0 {
		parts = append(parts, fmt.Sprintf("not sent %d", s.Total.Dropped))
	}
	return strings.Join(append(parts, "late "+millis(s.LateP99)), "; ")
}

// passed is how long a phase has lasted, of how long.
func passed(s drillrun.Snapshot) string {
	text := s.Since.Truncate(time.Second).String()
	if s.Lasts > 0 {
		text += " of " + s.Lasts.String()
	}
	return text
}

// outage is the running verdict of a cell; "" = nothing went wrong since the fault.
func outage(c drillrun.CellNow, rto time.Duration) string {
	if c.Outage == 0 && c.Over || c.Outage == 0 && c.Bad == 0 {
		return ""
	}
	text := fmt.Sprintf("outage so far %.1f s", c.Outage.Seconds())
	if c.Over {
		text = fmt.Sprintf("outage %.1f s, over for now", c.Outage.Seconds())
	}
	if rto > 0 {
		text += ", RTO " + rto.String()
	}
	return text
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

// most cells that are drawn; a terminal has few lines.
const mostCells = 6

// draw is a snapshot in lines that fit the width.
func (l look) draw(s drillrun.Snapshot) []string {
	width := max(l.width, 20) - 1
	var lines []string
	say := func(color, format string, args ...any) {
		lines = append(lines, l.paint(color, fit(report.Printable(fmt.Sprintf(format, args...)), width)))
	}
	say("1", "%s", l.title)
	color := "36"
	if s.Faulty {
		color = "33"
	}
	say(color, "round %d of %d: %s   %s   %s", s.Index, s.Rounds, s.Round.Name, s.Phase, passed(s))
	for i, c := range s.Cells {
		if i == mostCells {
			say("2", "  and %d more", len(s.Cells)-i)
			break
		}
		say("", "  %s", c.Cell)
		for _, p := range c.Shares[:min(len(c.Shares), 4)] {
			lines = append(lines, l.bar(p, width))
		}
		color := "32"
		if c.Bad > 0 {
			color = "31"
		}
		text := fmt.Sprintf("    good %d  bad %d  p99 %s", c.Good, c.Bad, millis(c.P99))
		if o := outage(c, s.RTO); o != "" {
			if text += "   " + o; s.RTO > 0 && c.Outage > s.RTO {
				color = "1;31"
			}
		}
		say(color, "%s", text)
	}
	say("2", "  sent %d  bad %d  not sent %d  sent late by %s (p99)", s.Total.Sent, s.Total.Bad, s.Total.Dropped, millis(s.LateP99))
	if s.Todo != "" {
		say("1;33", "> %s: Enter (a and Enter ends the drill)", s.Todo)
	}
	return lines
}

// bar draws the share of a place.
func (l look) bar(p drillrun.PlaceShare, width int) string {
	name := p.Place
	if name == "" {
		name = "(not told)"
	}
	room := max(0, min(40, width-4-14-6))
	full := int(p.Share*float64(room) + 0.5)
	mark := "█"
	if l.ascii {
		mark = "#"
	}
	bar := strings.Repeat(mark, full) + strings.Repeat(" ", room-full)
	return fit(fmt.Sprintf("    %-14s%s %3.0f %%", fit(report.Printable(name), 13), bar, p.Share*100), width)
}

func (l look) paint(color, s string) string {
	if !l.color || color == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// fit cuts a line that would break.
func fit(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:max(0, width)])
}

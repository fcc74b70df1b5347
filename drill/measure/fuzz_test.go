package measure

import (
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

func FuzzMeasure(f *testing.F) {
	f.Add([]byte{10, 0, 1, 1, 10, 0, 1, 0, 10, 0, 200, 2, 10, 5, 1, 3, 10, 0, 1, 5, 10, 0, 1, 1}, uint16(15), uint16(3), uint16(35), true)
	f.Add([]byte{}, uint16(0), uint16(0), uint16(0), false)
	f.Fuzz(func(t *testing.T, raw []byte, inject, width, remove uint16, removed bool) {
		const unit = time.Millisecond
		var c Collector
		at := time.Duration(0)
		for i := 0; i+4 <= len(raw); i += 4 {
			at += time.Duration(raw[i]) * unit
			late, took := time.Duration(raw[i+1])*unit, time.Duration(raw[i+2])*unit
			if raw[i+3]&4 != 0 {
				_ = c.Drop(&record.Drop{Cell: "c", Prober: "p", Sched: record.Millis(at), Count: int64(raw[i+1]) + 1, Every: record.Millis(unit)})
				continue
			}
			s := record.Sample{Cell: "c", Prober: "p", Sched: record.Millis(at), Late: record.Millis(late), End: record.Millis(at + late + took), OK: raw[i+3]&1 != 0, Dest: record.Dest{Region: []string{"r1", "r2"}[raw[i+3]>>1&1]}}
			if !s.OK {
				s.Err = []record.ErrorClass{record.ErrReset, record.ErrLocal}[raw[i+3]>>3&1]
			}
			_ = c.Sample(&s)
		}
		v := View{Cell: "c", Prober: "p"}
		if all := c.Views(0); len(all) > 0 {
			v = all[0]
		}
		at = time.Duration(inject) * unit
		fault := Fault{Inject: Bracket{at, at + time.Duration(width)*unit}, Removed: removed}
		if removed {
			fault.Remove = Bracket{fault.Inject.To + time.Duration(remove)*unit, fault.Inject.To + time.Duration(remove)*unit + unit}
		}
		r := Measure(v, fault, unit, Options{During: []string{"r2"}, After: []string{"r1"}, Stable: 20 * unit})
		for name, i := range map[string]*Interval{"outage": &r.Outage, "recovery": &r.Recovery, "detection": r.Detection, "failover": r.Failover, "failback": r.Failback} {
			if i != nil && (i.Lower < 0 || i.Lower > i.Upper) {
				t.Errorf("%s %s", name, i)
			}
		}
		ticks := len(v.Requests)
		for _, d := range v.Drops {
			ticks += int(d.Count)
		}
		told := 0
		for _, p := range []Phase{r.Before, r.During, r.After, r.Edge} {
			told += p.Sent() + p.Unknown
		}
		inLine := 0
		for _, b := range Timeline(v, 10*unit, Options{}) {
			inLine += b.Good + b.Bad + b.Unknown
		}
		if told != ticks || inLine != ticks {
			t.Errorf("%d ticks, %d in phases, %d in the timeline", ticks, told, inLine)
		}
	})
}

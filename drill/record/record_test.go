package record

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const cell = "cluster.local/shop/pay|8080||web@eu-west|region=eu-west|crash"

func ms(n float64) Millis { return Millis(n * 1e6) }

func header(prober string) Header {
	return Header{
		Run: "run-1", PlanDigest: "sha256:aa", ConfigDigest: "sha256:bb", Prober: Prober{ID: prober, Region: "eu-north", Mode: Open, Version: "test"},
		WallAnchor: time.Date(2026, 11, 20, 9, 0, 0, 123456789, time.UTC), Clock: &Clock{Offset: ms(0.4), Bound: ms(3)},
	}
}

func sample(i int64) Sample {
	at := ms(20 * float64(i))
	return Sample{Tick: i, Sched: at, Late: ms(0.2503), End: at + ms(5.000125), Cell: cell, Protocol: "http1", OK: true, Code: 200, Dest: Dest{Region: "eu-west"}, TLS: "1.3",
		Identity: Identity{SPIFFE: "spiffe://mesh/ns/shop/sa/pay", DNS: []string{"pay.shop"}}, Attempts: 1}
}

// write makes a record of ten samples around one fault.
func write(t testing.TB, out *bytes.Buffer, prober string) *Writer {
	t.Helper()
	w, err := NewWriter(out, header(prober), SyncNever)
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(10) {
		s := sample(i)
		if i == 4 {
			s.OK, s.Code, s.Err, s.Dest = false, 503, ErrHTTP, Dest{}
			s.Detail = `upstream "pay" <gone> é`
		}
		check(t, w.Sample(s))
	}
	check(t, w.Event(Event{Name: Inject, Edge: Begin, At: ms(70), Fault: "f1", Scenario: "region=eu-west", Mode: "crash", By: "nft"}))
	check(t, w.Event(Event{Name: Inject, Edge: End, At: ms(71.5), Fault: "f1"}))
	check(t, w.Drop(Drop{Tick: 10, Count: 3, Sched: ms(200), Every: ms(20), Cell: cell, Why: DropLimit}))
	check(t, w.Clock(Clock{At: ms(250), Offset: ms(-0.5), Bound: ms(2), Source: "chrony"}))
	check(t, w.Event(Event{Name: Note, At: ms(260), Detail: "done"}))
	return w
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func whole(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := write(t, &out, "p1").Close()
	check(t, err)
	return out.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	var out bytes.Buffer
	w := write(t, &out, "p1")
	head, err := w.Close()
	check(t, err)
	r, err := Read(&out)
	check(t, err)
	if !r.Complete() || r.Head != head || r.Lines != 17 {
		t.Errorf("complete %v, head %s (writer: %s), %d lines", r.Complete(), r.Head, head, r.Lines)
	}
	want := sample(7)
	want.Prober = "p1"
	if !reflect.DeepEqual(r.Samples[7], want) {
		t.Errorf("sample 7:\n got %+v\nwant %+v", r.Samples[7], want)
	}
	if len(r.Samples) != 10 || len(r.Events) != 3 || r.Events[1].At != ms(71.5) || r.Drops[0].Count != 3 || len(r.Clocks) != 2 {
		t.Errorf("read %d samples, events %+v, drops %+v, clocks %+v", len(r.Samples), r.Events, r.Drops, r.Clocks)
	}
	if f := *r.Footer; f.Samples != 10 || f.Dropped != 3 || f.LateP99 < ms(0.2503) || f.LateP99 > ms(0.252) {
		t.Errorf("footer %+v", f)
	}
	if !r.Header.WallAnchor.Equal(header("p1").WallAnchor) {
		t.Errorf("anchor %s", r.Header.WallAnchor)
	}
}

func TestTheLineThatWasChangedIsNamed(t *testing.T) {
	lines := bytes.SplitAfter(whole(t), []byte("\n"))
	lines = lines[:len(lines)-1]
	for n := range lines {
		for _, old := range []string{`"eu-north"`, `"ok":true`, `"code":503`, `"late_ms":0.2503`, `"by":"nft"`, `"at_ms":71.5`, `"n":3`, `"bound_ms":2`, `"done"`, `"samples":10`, `"prev":"sha256:`} {
			if !bytes.Contains(lines[n], []byte(old)) {
				continue
			}
			fresh := old[:len(old)-1] + "9"
			switch {
			case strings.HasSuffix(old, `"`):
				fresh = old[:len(old)-1] + `0"`
			case old == `"ok":true`:
				fresh = `"ok":fals`
			case strings.HasPrefix(old, `"prev"`):
				// Another hash of the right form.
				i := bytes.Index(lines[n], []byte(old)) + len(old)
				digit := byte('0')
				if lines[n][i] == digit {
					digit = '1'
				}
				old, fresh = string(lines[n][i-len(old):i+1]), old+string(digit)
			}
			if old == fresh {
				t.Fatalf("%s does not change", old)
			}
			changed := bytes.Join(lines[:n], nil)
			changed = append(changed, bytes.Replace(lines[n], []byte(old), []byte(fresh), 1)...)
			changed = append(changed, bytes.Join(lines[n+1:], nil)...)
			_, err := Read(bytes.NewReader(changed))
			if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("line %d:", n+1)) {
				t.Errorf("line %d, %s -> %s: %v", n+1, old, fresh, err)
			}
		}
	}
}

func TestLinesThatWereMovedAreFound(t *testing.T) {
	lines := strings.SplitAfter(string(whole(t)), "\n")
	lines = lines[:len(lines)-1]
	for name, tc := range map[string]struct {
		text []string
		line int
	}{
		"removed":               {append(append([]string{}, lines[:5]...), lines[6:]...), 6},
		"written twice":         {append(append([]string{}, lines[:5]...), lines[4:]...), 6},
		"swapped":               {append(append([]string{}, lines[:5]...), append([]string{lines[6], lines[5]}, lines[7:]...)...), 6},
		"no header":             {lines[1:], 1},
		"after the footer":      {append(append([]string{}, lines...), lines[3]), 18},
		"torn after the footer": {append(append([]string{}, lines...), "{"), 18},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(strings.Join(tc.text, "")))
			broken, ok := errors.AsType[*ChainError](err)
			if !ok || broken.Line != tc.line {
				t.Errorf("got %v, want a break at line %d", err, tc.line)
			}
		})
	}
}

func TestLinesAreNumbered(t *testing.T) {
	// A chain whose hashes are right, and one of whose numbers is not.
	h := header("p1")
	h.APIVersion, h.Kind = APIVersion, Kind
	first, err := encode(&h, 0, hash{})
	check(t, err)
	s := sample(0)
	for seq, ok := range map[int64]bool{1: true, 2: false, 0: false, -1: false} {
		second, err := encode(&s, seq, hash{}.next(first))
		check(t, err)
		_, err = Read(strings.NewReader(string(first) + "\n" + string(second) + "\n"))
		if broken, _ := errors.AsType[*ChainError](err); (err == nil) != ok || !ok && broken.Line != 2 {
			t.Errorf("seq %d: %v", seq, err)
		}
	}
}

func TestAFileThatEndsEarlyIsIncomplete(t *testing.T) {
	text := whole(t)
	lines := bytes.SplitAfter(text, []byte("\n"))
	first := len(lines[0])
	for cut := first; cut < len(text); cut++ {
		r, err := Read(bytes.NewReader(text[:cut]))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		last := bytes.LastIndexByte(text[:cut], '\n') + 1
		if r.Complete() || r.Torn != cut-last || r.Lines != int64(bytes.Count(text[:cut], []byte("\n"))) {
			t.Fatalf("cut at %d: complete %v, torn %d (want %d), %d lines", cut, r.Complete(), r.Torn, cut-last, r.Lines)
		}
	}
	for cut := range first {
		if _, err := Read(bytes.NewReader(text[:cut])); err == nil {
			t.Fatalf("cut at %d of the header: no error", cut)
		}
	}
}

func TestACrashLosesAtMostASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		w, err := NewWriter(d, header("p1"), SyncFlushed)
		check(t, err)
		if n := d.kept(); n != 1 {
			t.Fatalf("%d lines on disk after the header", n)
		}
		check(t, w.Sample(sample(0)))
		synctest.Wait()
		if n := d.kept(); n != 1 {
			t.Fatalf("%d lines on disk at once: every line is flushed", n)
		}
		<-time.After(FlushEvery + 1) // nothing else is written
		synctest.Wait()
		if n := d.kept(); n != 2 {
			t.Fatalf("%d lines on disk after a second", n)
		}
		check(t, w.Sample(sample(1)))
		check(t, w.Event(Event{Name: Abort, At: ms(50)}))
		if n := d.kept(); n != 4 {
			t.Fatalf("%d lines on disk after an event", n)
		}
		_, err = w.Close()
		check(t, err)
		if n := d.kept(); n != 5 {
			t.Fatalf("%d lines on disk after the end", n)
		}
		if err := w.Sample(sample(2)); !errors.Is(err, ErrClosed) {
			t.Errorf("a sample after the end: %v", err)
		}
	})
}

// disk keeps what was synced.
type disk struct {
	mu      sync.Mutex
	written bytes.Buffer
	synced  int
	full    bool
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return 0, errors.New("no space left")
	}
	return d.written.Write(b)
}

func (d *disk) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.synced = d.written.Len()
	return nil
}

func (d *disk) kept() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Count(d.written.Bytes()[:d.synced], []byte("\n"))
}

func TestAFullDiskIsToldForGood(t *testing.T) {
	d := &disk{}
	w, err := NewWriter(d, header("p1"), SyncFlushed)
	check(t, err)
	d.full = true
	if err := w.Event(Event{Name: Note, At: 1}); err == nil {
		t.Error("the event is not on disk, and nobody was told")
	}
	d.full = false
	if err := w.Sample(sample(0)); err == nil {
		t.Error("a line after the hole was taken")
	}
	if _, err := w.Close(); err == nil {
		t.Error("the file was closed as if it were whole")
	}
}

func TestFilesAreNeverOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.ndjson")
	w, err := Create(path, header("p1"), SyncEvents)
	check(t, err)
	check(t, w.Sample(sample(0)))
	_, err = w.Close()
	check(t, err)
	if _, err := Create(path, header("p1"), SyncEvents); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
	r, err := ReadFile(path)
	check(t, err)
	if len(r.Samples) != 1 || !r.Complete() {
		t.Errorf("%+v", r)
	}
}

func TestLinesHoldToTheSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join("..", "..", "docs", "schema", "drill-record.schema.json"))
	check(t, err)
	validate := func(line []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
	for line := range bytes.Lines(whole(t)) {
		if err := validate(line); err != nil {
			t.Errorf("%s%v", line, err)
		}
	}
	// What the reader refuses in a first line that says too much, the schema refuses as well.
	line, _, _ := bytes.Cut(whole(t), []byte("\n"))
	for _, tc := range [][2]string{
		{`"mode":"open"`, `"mode":"ajar"`}, {`"run":"run-1"`, `"run":""`}, {`"kind":"DrillResults"`, `"kind":"Other"`},
		{`"run":"run-1"`, `"run":"run-1","more":1`}, {`"bound_ms":3`, `"bound_ms":-3`},
	} {
		changed := bytes.Replace(line, []byte(tc[0]), []byte(tc[1]), 1)
		_, readErr := Read(bytes.NewReader(append(changed, '\n')))
		if schemaErr := validate(changed); readErr == nil || schemaErr == nil || bytes.Equal(changed, line) {
			t.Errorf("%s: reader %v, schema %v", tc[1], readErr, schemaErr)
		}
	}
}

func TestLimits(t *testing.T) {
	w := write(t, &bytes.Buffer{}, "p1")
	long := sample(1)
	long.Detail = strings.Repeat("x", MaxText+1)
	if err := w.Sample(long); err == nil {
		t.Error("a long text was written")
	}
	escape := sample(1)
	escape.Dest.Region = "eu\x1b[31m"
	if err := w.Sample(escape); err == nil {
		t.Error("an escape sequence was written")
	}
	backwards := sample(1)
	backwards.End = backwards.Sched
	if err := w.Sample(backwards); err == nil {
		t.Error("a request that ended before it was sent was written")
	}
	check(t, w.Sample(sample(1))) // what is refused leaves no hole
	if _, err := Read(strings.NewReader(strings.Repeat("x", MaxLine+2) + "\n")); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("a long line: %v", err)
	}
	for _, text := range []string{"1e3", "1.0000001", "2678400001", "-", "+1", `"1"`, ".", "0x1"} {
		var m Millis
		if err := m.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s was read as %v", text, m.Duration())
		}
	}
}

func TestClip(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"plain", 80, "plain"}, {"a\x1b[31mb", 80, "a\uFFFD[31mb"}, {"line\nline", 80, "line\uFFFDline"}, {"ééé", 5, "éé"}, {"\xff", 8, "\uFFFD"},
	} {
		if got := Clip(tc.in, tc.n); got != tc.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

func FuzzMillis(f *testing.F) {
	f.Add(int64(30040000125))
	f.Add(int64(-1))
	f.Fuzz(func(t *testing.T, n int64) {
		if n/1e6 > maxMillis || n/1e6 < -maxMillis {
			return
		}
		text, err := Millis(n).MarshalJSON()
		check(t, err)
		var back Millis
		if err := back.UnmarshalJSON(text); err != nil || int64(back) != n {
			t.Errorf("%d -> %s -> %d, %v", n, text, back, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	text := whole(f)
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add(bytes.Replace(text, []byte(`"ok":true`), []byte(`"ok":fals`), 1))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		if int64(bytes.Count(text, []byte("\n"))) != r.Lines {
			t.Errorf("%d lines were read of %d", r.Lines, bytes.Count(text, []byte("\n")))
		}
		// What was taken could have been written.
		w, err := NewWriter(&bytes.Buffer{}, r.Header, SyncNever)
		check(t, err)
		for _, s := range r.Samples {
			check(t, w.Sample(s))
		}
		for _, d := range r.Drops {
			check(t, w.Drop(d))
		}
		if _, err := Merge(r); err != nil {
			t.Error(err)
		}
	})
}

package record

import (
	"bytes"
	"path/filepath"
	"reflect"
	"testing"
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
	want.Prober, want.Line = "p1", 9
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

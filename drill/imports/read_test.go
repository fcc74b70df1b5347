package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/passmuster/muster/drill/observe"
)

// However many parse and wherever blocks end, what is found is the same and in the order of the file.
func TestLinesComeInTheOrderOfTheFile(t *testing.T) {
	for _, f := range []Format{EnvoyJSON, IstioText, EnvoyText} {
		var text bytes.Buffer
		for i := range 5000 {
			logLine(&text, f, i)
			if i%500 == 499 {
				text.WriteString("{[ a mistake\n\n")
			}
		}
		var first *gathered
		var sum Summary
		for _, workers := range []int{1, 2, 7} {
			for _, r := range []io.Reader{bytes.NewReader(text.Bytes()), iotest.HalfReader(bytes.NewReader(text.Bytes()))} {
				g := &gathered{}
				s, err := Read(context.Background(), "file", r, f, Options{Workers: workers}, g)
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first, sum = g, s
					continue
				}
				if !reflect.DeepEqual(g, first) || !reflect.DeepEqual(s, sum) {
					t.Fatalf("%s: %d workers found something else: %+v, %+v", f, workers, s, sum)
				}
			}
		}
		if len(first.requests) != 5000 || sum.Lines != 5010 {
			t.Fatalf("%s: %d requests, %+v", f, len(first.requests), sum)
		}
		for i := 1; i < len(first.requests); i++ {
			if !first.requests[i].Start.After(first.requests[i-1].Start) {
				t.Fatalf("%s: request %d is out of order", f, i)
			}
		}
		digest := sha256.Sum256(text.Bytes())
		if sum.SHA256 != hex.EncodeToString(digest[:]) || sum.Bytes != int64(text.Len()) || !sum.First.Equal(first.requests[0].Start) {
			t.Errorf("%+v", sum)
		}
		if f == EnvoyJSON && (first.notes[0].Line != 501 || first.notes[1].Line != 1003) {
			t.Errorf("%+v", first.notes)
		}
	}
}

func TestBadLinesAreToldTwentyTimesAndThenCounted(t *testing.T) {
	var text bytes.Buffer
	for i := range 200 {
		logLine(&text, EnvoyJSON, i)
		if i < 50 {
			text.WriteString("{\n")
		}
	}
	g, sum := read(t, EnvoyJSON, text.String(), Options{})
	if len(g.notes) != maxNotes+1 || sum.Unreadable != 50 || len(g.requests) != 200 {
		t.Fatalf("%d notes, %+v", len(g.notes), sum)
	}
	if g.notes[0] != (observe.Note{Line: 2, Text: errJSON.Error(), Lost: 1}) {
		t.Errorf("%+v", g.notes[0])
	}
	if last := g.notes[maxNotes]; last.Line != 0 || last.Lost != 30 || !strings.Contains(last.Text, "30 more") {
		t.Errorf("%+v", last)
	}
}

func TestMostlyUnreadableFilesAreErrorsAtTheirFirstBadLine(t *testing.T) {
	good := jsonEntry(`"response_code":200`)
	for _, tc := range []struct{ name, text, want string }{
		{"another format", "\n[2026-11-20T09:00:31.020Z] \"GET\n", "file: nothing in it is envoy-json"},
		{"garbage", good + "\n{\n{\n", "file:2: this is no valid JSON; of 3 lines 2 cannot be read as envoy-json. Is it another format?"},
		{"no time", good + "\n" + strings.Replace(good, "2026-11-20T", "", 1) + "\n", "file:2: the line has no start_time"},
		{"no duration", strings.Replace(good, `"duration":12`, `"duration":null`, 1), "file:1: the line has no duration"},
		{"a code that is none", strings.Replace(good, `"response_code":200`, `"response_code":20000`, 1), "file:1: the response code"},
		{"empty", "", "file: nothing in it is envoy-json"},
	} {
		if why := refused(t, EnvoyJSON, tc.text, Options{}); !strings.HasPrefix(why, tc.want) {
			t.Errorf("%s: %s", tc.name, why)
		}
	}
	if _, err := Read(context.Background(), "file", strings.NewReader("{}"), "xml", Options{}, &gathered{}); err == nil {
		t.Error("an unknown format was read")
	}
}

// A line that is too long costs that line and no memory.
func TestLongLinesArePassedOver(t *testing.T) {
	good := jsonEntry(`"response_code":200`)
	for _, length := range []int{MaxLine + 1, blockSize - 1, blockSize, 3*blockSize + 17} {
		text := good + "\n{\"a\":\"" + strings.Repeat("x", length) + "\"}\n" + good + "\n" + good
		g, sum := read(t, EnvoyJSON, text, Options{})
		if len(g.requests) != 3 || sum.Unreadable != 1 || sum.Lines != 4 || g.notes[0].Line != 2 || g.notes[0].Text != tooLong {
			t.Errorf("%d bytes: %d requests, %+v", length, len(g.requests), sum)
		}
		point := strings.Replace(k6Request("2026-11-20T09:44:03.404Z", 1, 0, 0, 0, `{"status":"200","expected_response":"true"}`), "\n", "\n{\"a\":\""+strings.Repeat("x", length)+"\"}\n", 1)
		if g, sum := read(t, K6, point+k6Request("2026-11-20T09:44:04Z", 1, 0, 0, 0, `{"status":"200"}`), Options{}); len(g.requests) != 2 || sum.Unreadable != 1 || g.notes[0].Line != 2 {
			t.Errorf("%d bytes: %d requests, %+v", length, len(g.requests), sum)
		}
	}
}

func TestTextsAreClippedAndShowable(t *testing.T) {
	long := strings.Repeat("é", 400)
	g, _ := read(t, EnvoyJSON, jsonEntry(`"response_code":503,"response_flags":"UF","upstream_transport_failure_reason":"\u001b[31m`+long+`"`), Options{})
	detail := g.requests[0].Detail
	if len(detail) > maxText || strings.ContainsRune(detail, '\x1b') || !strings.HasPrefix(detail, "\uFFFD[31mé") {
		t.Errorf("%q", detail)
	}
}

// stops is a sink that has enough after some requests.
type stops struct {
	gathered
	after int
}

var errEnough = errors.New("enough")

func (s *stops) Request(r observe.Request) error {
	if len(s.requests) == s.after {
		return errEnough
	}
	return s.gathered.Request(r)
}

func TestTheSinkEndsTheReading(t *testing.T) {
	var text bytes.Buffer
	for i := range 20_000 {
		logLine(&text, EnvoyJSON, i)
	}
	s := &stops{after: 100}
	if _, err := Read(context.Background(), "file", &text, EnvoyJSON, Options{}, s); !errors.Is(err, errEnough) || len(s.requests) != 100 {
		t.Errorf("%v after %d requests", err, len(s.requests))
	}
}

func TestTheContextEndsTheReading(t *testing.T) {
	for _, f := range Formats() {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		endless := io.MultiReader(strings.NewReader("{"), iotest.ErrReader(fmt.Errorf("read on")))
		if _, err := Read(ctx, "file", endless, f, Options{}, &gathered{}); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}

func TestReadErrorsAreTold(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, f := range Formats() {
		in := io.MultiReader(strings.NewReader(jsonEntry(`"response_code":200`)+"\n"), iotest.ErrReader(broken))
		if _, err := Read(t.Context(), "file", in, f, Options{}, &gathered{}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

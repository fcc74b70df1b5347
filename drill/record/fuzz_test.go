package record

import (
	"bytes"
	"testing"
)

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

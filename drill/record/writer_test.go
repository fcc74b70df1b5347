package record

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

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

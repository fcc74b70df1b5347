package revision

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

const (
	someID  = "0123456789abcdef0123456789abcdef01234567"
	otherID = "fedcba9876543210fedcba9876543210fedcba98"
)

func TestListingsThatEndEarly(t *testing.T) {
	whole := "100644 blob " + someID + "\ta.yaml\x00040000 tree " + otherID + "\td\x00160000 commit " + someID + "\td/s\x00120000 blob " + someID + "\tl\x00"
	l, err := readListing(strings.NewReader(whole), 40, Options{}.orDefault())
	if err != nil || len(l.entries) != 4 || l.entries[0] != (entry{"a.yaml", someID, file}) || l.entries[1].kind != folder || l.entries[3].kind != symlink {
		t.Errorf("%+v, %v", l, err)
	}
	expect(t, "submodules", l.submodules, "d/s")
	for n := range whole {
		if _, err := readListing(strings.NewReader(whole[:n]), 40, Options{}.orDefault()); (err == nil) != (n == 0 || whole[n-1] == 0) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func TestBatchesThatEndEarly(t *testing.T) {
	whole := someID + " blob 3\na\nb\n" + otherID + " blob 0\n\n" + someID + " missing\n"
	ids := []ID{someID, otherID, someID}
	read := func(text string) ([]string, error) {
		var got []string
		err := readBatch(bufio.NewReader(strings.NewReader(text)), true, ids, func(_ int, b blob, content io.Reader) error {
			all, err := io.ReadAll(content)
			if b.missing {
				all = []byte("missing")
			}
			got = append(got, string(all))
			return err
		})
		return got, err
	}
	got, err := read(whole)
	if err != nil {
		t.Error(err)
	}
	expect(t, "contents", got, "a\nb", "", "missing")
	for n := range whole {
		if _, err := read(whole[:n]); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
	for _, more := range []string{"x", "\n", otherID + " missing\n"} {
		if _, err := read(whole + more); err == nil {
			t.Errorf("%q behind the end: no error", more)
		}
	}
}

func TestAnswersOfBatches(t *testing.T) {
	for line, ok := range map[string]bool{
		someID + " blob 0": true, someID + " blob 9223372036854775807": true, someID + " missing": true,
		someID + " blob 9223372036854775808": false, someID + " blob -1": false, someID + " blob +1": false, someID + " blob": false, someID + " blob ": false,
		someID + " blob 1 ": false, someID + " tree 1": false, otherID + " blob 1": false, someID: false, "": false, someID + " ambiguous": false, someID + "  blob 1": false,
	} {
		if _, err := parseBlob(line, someID); (err == nil) != ok {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// Whatever git prints, what is taken over can be written below a folder.
func FuzzListing(f *testing.F) {
	f.Add([]byte("100644 blob " + someID + "\ta.yaml\x00040000 tree " + otherID + "\td\x00160000 commit " + someID + "\td/s\x00120000 blob " + someID + "\tl\x00"))
	f.Add([]byte("100644 blob " + someID + "\t../a\x00"))
	f.Add([]byte("100644 blob " + someID + "\t.GIT \x00"))
	f.Add([]byte("100644 blob 0\t\x00\x00"))
	f.Fuzz(func(t *testing.T, printed []byte) {
		l, err := readListing(bytes.NewReader(printed), 40, Options{}.orDefault())
		if err != nil {
			return
		}
		if len(l.entries) != bytes.Count(printed, []byte{0}) || len(l.entries) != len(l.blobs) {
			t.Errorf("%d entries of %q", len(l.entries), printed)
		}
		for _, e := range l.entries {
			if e.kind == 0 || !isID(string(e.id)) || !filepath.IsLocal(e.path) || filepath.Clean(e.path) != e.path || strings.EqualFold(filepath.Base(e.path), ".git") {
				t.Errorf("%+v of %q", e, printed)
			}
		}
	})
}

// Contents are those that the sizes tell, and an answer is for what was asked.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(someID + " blob 3\na\nb\n" + otherID + " missing\n"))
	f.Add([]byte(someID + " blob 99999999999\na"))
	f.Add([]byte(someID + " commit 1\na\n"))
	f.Fuzz(func(t *testing.T, printed []byte) {
		again := ""
		err := readBatch(bufio.NewReader(bytes.NewReader(printed)), true, []ID{someID, otherID}, func(_ int, b blob, content io.Reader) error {
			all, err := io.ReadAll(content)
			if b.missing != (b.size == 0 && len(all) == 0 && b.missing) || int64(len(all)) > b.size {
				t.Errorf("%+v has %d bytes", b, len(all))
			}
			again += string(all)
			return err
		})
		if err == nil && len(again) > len(printed) {
			t.Errorf("%q of %q", again, printed)
		}
	})
}

// No symlink leads to a path above the tree, whatever stands in it.
func FuzzLeads(f *testing.F) {
	f.Add("a", "b/../..", "b", "c/d", "a/x")
	f.Add("a", "a", "b", "/etc", "a/b")
	f.Fuzz(func(t *testing.T, link, target, other, otherTarget, from string) {
		got := leads(map[string]string{link: target, other: otherTarget}, from)
		if got != "" && got != filepath.Clean(got) || strings.HasPrefix(got, "/") || got == ".." || strings.HasPrefix(got, "../") {
			t.Errorf("%q", got)
		}
	})
}

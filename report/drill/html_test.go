package drillreport

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/drill/audit"
)

func TestAssetsAreAllUsedAndSmall(t *testing.T) {
	entries, err := fs.ReadDir(assets, "assets")
	if err != nil {
		t.Fatal(err)
	}
	used := append(slices.Clone(scripts), styles...)
	for _, e := range entries {
		name := path.Join("assets", e.Name())
		if !slices.Contains(used, name) {
			t.Errorf("%s is no part of the page", name)
		}
		text, err := fs.ReadFile(assets, name)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte{'\n'}); lines > 300 {
			t.Errorf("%s has %d lines, want at most 300", name, lines)
		}
	}
}

// Text of results reaches the page as text, never as markup or code.
func TestAssetsMakeNoMarkupOfText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|parseFromString|fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(`)
	for _, name := range scripts {
		text, err := fs.ReadFile(assets, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s holds %s", name, found)
		}
	}
}

func TestPageIsOneFileWithoutRequests(t *testing.T) {
	for name, r := range fixtures() {
		page := in(t, "html", r)
		if !strings.Contains(page, `content="default-src 'none'; script-src 'sha256-`) {
			t.Errorf("%s: there is no policy", name)
		}
		if found := regexp.MustCompile(`(?i)<(link|iframe|img|object|embed)\b|<script[^>]+src=|@import|url\((?:["']?)https?:`).FindString(scriptless(page)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
		if n := strings.Count(page, "</script>"); n != strings.Count(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "\u202e") {
			t.Errorf("%s: %d ends of scripts: data broke out", name, n)
		}
		if len(page) > 900_000 {
			t.Errorf("%s: %d bytes", name, len(page))
		}
	}
}

// scriptless is a page without the text of its scripts.
func scriptless(page string) string {
	return regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(page, "")
}

func TestPlacesThatAreDrawnApartAreFew(t *testing.T) {
	c := &failing().Cells[0]
	for i := range 9 {
		c.Timeline[i].Places = map[string]int{string(rune('a' + i)): 10, "eu-west": 1}
	}
	got := chartOf(failing(), c)
	if len(got.Places) != mostPlaces || got.Places[0] != "eu-west" || got.Places[1] != "eu-north" || got.Places[mostPlaces-1] != others {
		t.Errorf("places %q", got.Places)
	}
	for i, b := range got.Buckets {
		n, want := 0.0, 0.0
		for _, x := range b[placeColumn:] {
			n += x
		}
		for _, x := range c.Timeline[i].Places {
			want += float64(x)
		}
		if n != want {
			t.Errorf("bucket %d has %v answers, want %v", i, n, want)
		}
	}
}

func TestWhatIsDrawnIntoATimeline(t *testing.T) {
	r := failing()
	got := chartOf(r, &r.Cells[1])
	if len(got.Faults) != 1 || got.Faults[0].ID != "f2" || got.RTO == nil || *got.RTO != 42012 || got.Predicted == nil || *got.Predicted != [2]float64{40500, 41512} {
		t.Errorf("%+v", got)
	}
	r.Plan, r.Cells[1].Expected.Recovery = nil, nil
	if got := chartOf(r, &r.Cells[1]); got.RTO != nil || got.Predicted != nil {
		t.Errorf("a promise that nobody made: %+v", got)
	}
	if got := chartOf(r, &audit.Cell{}); len(got.Buckets) != 0 || got.Faults == nil || got.Places == nil {
		t.Errorf("no timeline: %+v", got)
	}
}

// A long drill of many cells: a page of a size that can be sent, and drawn in part only.
func TestALargeDrillStaysLight(t *testing.T) {
	r := passing()
	c := r.Cells[1]
	c.Timeline = nil
	for i := range mostBuckets {
		c.Timeline = append(c.Timeline, audit.Bucket{At: float64(i) * 1000, Length: 1000, Good: 40 + i%9, Bad: i % 3, Places: map[string]int{"eu-west": 30, "eu-north": 10 + i%9}, P50: float64(i%13) + 0.5, P99: float64(i%97) + 9})
	}
	r.Cells = nil
	for range mostShown + 100 {
		r.Cells = append(r.Cells, c)
	}
	if page := in(t, "html", r); len(page) > 5<<20 {
		t.Errorf("%d bytes", len(page))
	}
	if p := pageOf(r); len(p.Cells) != mostShown || !strings.HasPrefix(p.Left, "100 more cells") {
		t.Errorf("%d cells, and %q", len(p.Cells), p.Left)
	}
}

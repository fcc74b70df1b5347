package mesh

import "testing"

func TestImagesAreTakenApart(t *testing.T) {
	tests := []struct{ reference, registry, repository, tag, digest string }{
		{"nginx", "", "nginx", "", ""},
		{"nginx:1.27", "", "nginx", "1.27", ""},
		{"library/nginx", "", "library/nginx", "", ""},
		{"registry.example/shop/cart:7.11.0", "registry.example", "shop/cart", "7.11.0", ""},
		{"localhost/cart", "localhost", "cart", "", ""},
		{"registry:5000/cart", "registry:5000", "cart", "", ""},
		{"cart@sha256:ab", "", "cart", "", "sha256:ab"},
		{"registry:5000/a/b:1@sha256:ab", "registry:5000", "a/b", "1", "sha256:ab"},
		{"", "", "", "", ""},
	}
	for _, test := range tests {
		got := ParseImage(test.reference)
		want := Image{test.reference, test.registry, test.repository, test.tag, test.digest}
		if got != want || got.Pinned() != (test.digest != "") {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestOnlyWhatIsCertainMakesAnotherVersion(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"r.east/cart:1.4", "r.east/cart:1.5", true},
		{"r.east/cart:1.4", "r.west:5000/cart:1.4", false},
		{"r.east/proj-east/cart:1.4", "r.west/proj-west/cart:1.4", false},
		{"cart@sha256:aa", "cart@sha256:bb", true},
		{"cart:1.4@sha256:aa", "cart:stable@sha256:aa", false},
		{"cart:1.4@sha256:aa", "cart:1.4", false},
		{"cart@sha256:aa", "cart:1.4", false},
		{"cart:1.4@sha256:aa", "cart:1.5", true},
		{"cart:1.4@sha256:aa", "cart:1.4@sha256:bb", true}, // the tag was moved
		{"r.east/cart:1.4@sha256:aa", "r.west/cart:1.4@sha256:bb", false},
		{"cart:1.4@sha256:aa", "cart@sha256:bb", false},
		{"cart:stable", "cart:1.4", false},
		{"cart:prod", "cart:stage", false},
		{"cart:9f3c1d2", "cart:77ab01c", true},
		{"cart", "cart:1.4", false},
		{"cart:latest", "cart:1.4", false},
	}
	for _, test := range tests {
		a, b := ParseImage(test.a), ParseImage(test.b)
		if a.OtherVersion(b) != test.want || b.OtherVersion(a) != test.want {
			t.Errorf("%s and %s: want %v", test.a, test.b, test.want)
		}
	}
}

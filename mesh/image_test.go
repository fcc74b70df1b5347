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

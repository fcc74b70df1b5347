package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/policy/registry/registrytest"
)

func module(id string) string {
	return "# METADATA\n# title: T\n# custom: {id: " + id + ", severity: note}\npackage muster.rules." + id + "\n\nfindings contains {\"id\": id} if some id in input.targets\n"
}

func rego(title, id string) registrytest.Layer {
	return registrytest.Layer{Type: registrytest.Rego, Title: title, Text: module(id)}
}

func bundle(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// start gives a registry and options that pull from it into a folder that does not exist yet, in an empty root. No
// test sees the Docker configuration of the machine.
func start(t *testing.T) (*registrytest.Server, Options, string) {
	t.Helper()
	root := t.TempDir()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	return registrytest.New(t), Options{Dir: filepath.Join(root, "policies", "vendor", "p")}, root
}

func pull(t *testing.T, o Options, reference string) (Artifact, error) {
	t.Helper()
	ref, err := Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	o.Reference = ref
	return Pull(t.Context(), o)
}

func pulled(t *testing.T, o Options, reference string) Artifact {
	t.Helper()
	a, err := pull(t, o, reference)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// refused wants an error that says so, of the kind that is said, and not a single file.
func refused(t *testing.T, o Options, reference, root, want string, mistake bool) {
	t.Helper()
	before := files(t, root)
	_, err := pull(t, o, reference)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("%v, want %q", err, want)
	}
	if _, is := err.(*Mistake); is != mistake { //nolint:errorlint // the caller sees the very error
		t.Errorf("%v: a mistake is %v, want %v", err, is, mistake)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q has several lines", err)
	}
	if after := files(t, root); !slices.Equal(before, after) {
		t.Errorf("%q before, %q after", before, after)
	}
}

// files are all entries below a folder, folders too, with the sizes of files.
func files(t *testing.T, root string) (list []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, _ fs.DirEntry, err error) error {
		list = append(list, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// loaded are the modules that package policy reads from a folder, relative to it.
func loaded(t *testing.T, dir string) (list []string) {
	t.Helper()
	sources, problems, err := policy.Load(dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, s := range sources {
		list = append(list, strings.TrimPrefix(s.File, filepath.ToSlash(dir)+"/"))
	}
	return list
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEveryFormThatToolsPushIsRead(t *testing.T) {
	s, o, root := start(t)
	digest := s.Push("v1",
		registrytest.Layer{Type: registrytest.Bundle, Title: "bundle.tar.gz", Text: bundle(t, "in/a.rego", module("A_1"))},
		registrytest.Layer{Type: registrytest.File, Title: "other.tar.gz", Text: bundle(t, "b.rego", module("B_1"))},
		rego("deep/c.rego", "C_1"),
		registrytest.Layer{Type: registrytest.File, Title: "d.rego", Text: module("D_1")},
		registrytest.Layer{Type: registrytest.Data, Title: "data.json", Text: "{}"},
		registrytest.Layer{Type: "text/markdown", Title: "README.md", Text: "# Read me"},
	)
	for _, reference := range []string{":v1", "@" + digest, ":v1@" + digest} {
		a := pulled(t, o, s.Repository()+reference)
		if a.Digest != digest {
			t.Errorf("%s is %s, want %s", reference, a.Digest, digest)
		}
		same(t, a.LeftOut, `"README.md" (text/markdown)`)
		same(t, loaded(t, o.Dir), "b.rego", "d.rego", "deep/c.rego", "in/a.rego")
		same(t, slices.DeleteFunc(files(t, filepath.Join(root, "policies")), func(name string) bool { return strings.HasPrefix(name, "vendor/p/blobs/sha256/") }),
			".", "vendor", "vendor/p", "vendor/p/blobs", "vendor/p/blobs/sha256", "vendor/p/index.json", "vendor/p/oci-layout")
	}
	if asked := s.Asked(); slices.Contains(asked, "GET /v2/acme/policies/blobs/"+registrytest.Digest("# Read me")) {
		t.Error("a layer of an unknown type was fetched")
	}
	same(t, loaded(t, filepath.Join(root, "policies")), "vendor/p/b.rego", "vendor/p/d.rego", "vendor/p/deep/c.rego", "vendor/p/in/a.rego")
}

// The same bytes may be a layer twice: they count twice, as they are read twice, and are fetched once.
func TestALayerTwice(t *testing.T) {
	s, o, root := start(t)
	text := module("A_1") + "#" + strings.Repeat("x", 600<<10)
	notes := registrytest.Layer{Type: registrytest.File, Title: "notes", Text: text}
	layer := registrytest.Layer{Type: registrytest.Rego, Title: "a.rego", Text: text}
	s.Push("v1", notes, layer)
	pulled(t, o, s.Repository()+":v1")
	same(t, loaded(t, o.Dir), "a.rego")
	get := "GET /v2/acme/policies/blobs/" + registrytest.Digest(text)
	if asked := s.Asked(); len(slices.DeleteFunc(asked, func(a string) bool { return a != get })) != 1 {
		t.Errorf("%q", s.Asked())
	}
	s.Push("v2", slices.Repeat([]registrytest.Layer{layer}, 120)...)
	o.Dir += "-more"
	refused(t, o, s.Repository()+":v2", root, "its layer 110: with its", false)
}

func TestWithoutATagItIsTheLatest(t *testing.T) {
	s, o, _ := start(t)
	digest := s.Push("latest", rego("a.rego", "A_1"))
	if a := pulled(t, o, s.Repository()); a.Digest != digest {
		t.Errorf("%s, want %s", a.Digest, digest)
	}
}

func TestThePinHolds(t *testing.T) {
	s, o, root := start(t)
	one, two := s.Push("v1", rego("a.rego", "A_1")), s.Push("v2", rego("a.rego", "A_2"))
	o.Digest = one
	refused(t, o, s.Repository()+":v2", root, "is "+two+", want "+one, true)
	refused(t, o, s.Repository()+"@"+two, root, "cannot have the digest", true)
	pulled(t, o, s.Repository()+":v1")
	o.Digest = "sha512:" + strings.Repeat("0", 128)
	refused(t, o, s.Repository()+":v1", root, "is no digest", true)
	o.Digest = "v1"
	refused(t, o, s.Repository()+":v1", root, "is no digest", true)
}

func TestADigestThatDoesNotHoldIsRefused(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	s.Replace(registrytest.Digest(module("A_1")), module("A_2"))
	refused(t, o, s.Repository()+":v1", root, "mismatch", false)
	s.Replace(registrytest.Digest(module("A_1")), module("A_1")+"# more")
	refused(t, o, s.Repository()+":v1", root, "mismatch", false)
}

func TestHostileArtifacts(t *testing.T) {
	large := rego("a.rego", "A_1")
	large.Size = policy.MaxBlobs + 1
	wrap := rego("a.rego", "A_1")
	wrap.Size = 1<<63 - 1
	negative := rego("a.rego", "A_1")
	negative.Size = -1
	understated := rego("a.rego", "A_1")
	understated.Size = 3
	for name, tc := range map[string]struct {
		layers []registrytest.Layer
		want   string
	}{
		"a huge layer":                {[]registrytest.Layer{large}, "the artifact has more than 67108864"},
		"a sum that overflows":        {[]registrytest.Layer{rego("b.rego", "B_1"), wrap}, "its layer 2: with its"},
		"a negative size":             {[]registrytest.Layer{negative}, "with its -1 bytes"},
		"a layer larger than it says": {[]registrytest.Layer{understated}, "mismatch"},
		"no layer":                    {nil, "no layer holds policies"},
		"no policies":                 {[]registrytest.Layer{{Type: "text/html", Title: "a.html", Text: "x"}}, "no layer holds policies"},
		"policies of a strange type":  {[]registrytest.Layer{{Type: "application/x-strange", Title: "a.rego", Text: "x"}}, `"application/x-strange" is no media type that policies come with`},
		"a chart":                     {[]registrytest.Layer{{Type: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", Text: "x"}}, "is no media type"},
		"a layer that is a manifest":  {[]registrytest.Layer{{Type: registrytest.Index, Title: "a.rego", Text: "{}"}}, "is no media type"},
		"too many layers":             {slices.Repeat([]registrytest.Layer{rego("a.rego", "A_1")}, policy.MaxLayers+1), "has 1001 layers"},
	} {
		t.Run(name, func(t *testing.T) {
			s, o, root := start(t)
			s.Push("v1", tc.layers...)
			refused(t, o, s.Repository()+":v1", root, tc.want, false)
			for _, asked := range s.Asked() {
				if strings.Contains(asked, "/blobs/") && tc.want != "mismatch" {
					t.Error(asked)
				}
			}
		})
	}
}

func TestHostileManifests(t *testing.T) {
	for name, tc := range map[string]struct{ mediaType, text, want string }{
		"an index":              {registrytest.Index, `{"manifests": []}`, "an index of several artifacts"},
		"another type":          {"application/json", `{}`, `"application/json", want an OCI image manifest`},
		"no JSON":               {registrytest.Manifest, `nothing`, "its manifest: invalid character"},
		"two types":             {registrytest.Manifest, `{"mediaType": "` + registrytest.Index + `"}`, "and the registry says"},
		"a digest that is none": {registrytest.Manifest, `{"layers": [{"mediaType": "` + registrytest.Rego + `", "digest": "sha256:../../../etc/passwd", "size": 1}]}`, "is no digest"},
		"another algorithm":     {registrytest.Manifest, `{"layers": [{"mediaType": "` + registrytest.Rego + `", "digest": "sha512:` + strings.Repeat("0", 128) + `", "size": 1}]}`, "is no digest"},
		"a huge one":            {registrytest.Manifest, `{"x": "` + strings.Repeat("x", policy.MaxManifest) + `"}`, "exceeds"},
	} {
		t.Run(name, func(t *testing.T) {
			s, o, root := start(t)
			s.PushManifest("v1", tc.mediaType, tc.text)
			refused(t, o, s.Repository()+":v1", root, tc.want, false)
		})
	}
}

// Titles name no file on disk; as names of modules, those that lead anywhere give way to the digest.
func TestHostileTitles(t *testing.T) {
	titles := []string{"../../out.rego", "/etc/out.rego", `..\..\out.rego`, "a/../../out.rego", "oci-layout"}
	s, o, root := start(t)
	var layers []registrytest.Layer
	for i, title := range titles {
		layers = append(layers, rego(title, "A_"+string(rune('1'+i))))
	}
	s.Push("v1", layers...)
	pulled(t, o, s.Repository()+":v1")
	for _, name := range files(t, root) {
		if strings.Contains(name, "out") && !strings.HasSuffix(name, "oci-layout") {
			t.Error(name)
		}
	}
	named := loaded(t, o.Dir)
	if len(named) != len(titles) {
		t.Errorf("%q", named)
	}
	for _, name := range named {
		if strings.Contains(name, "out.rego") {
			t.Error(name)
		}
	}
}

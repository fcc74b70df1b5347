package linkerd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
)

// videoFault is one entry of the table of the broken twin.
type videoFault struct {
	ID       int    `json:"id"`
	Title    string `json:"title"`
	Service  string `json:"service"`
	Rule     string `json:"rule"`
	Level    string `json:"level"`
	At       struct{ File, Match string }
	Scenario string `json:"scenario"`
	Expect   string `json:"expect"`
	Revert   []struct{ File, Old, New string }
}

func videoFaults(t *testing.T) []videoFault {
	t.Helper()
	var out []videoFault
	if err := yaml.UnmarshalStrict([]byte(text(t, "video-broken/faults.yaml")), &out); err != nil {
		t.Fatal(err)
	}
	if len(out) != 12 {
		t.Fatalf("%d faults, want 12", len(out))
	}
	return out
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fleets, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The table is held to what fleet/fleets_test.go asks of every table; and reverting all of it, in any order, gives the
// clean tree.
func TestVideoFaultsAreWrittenDown(t *testing.T) {
	faults := videoFaults(t)
	services, files := map[string]bool{}, map[string]string{}
	for _, f := range faults {
		if services[f.Service] {
			t.Errorf("%d: a second fault of %s", f.ID, f.Service)
		}
		services[f.Service] = true
		if n := strings.Count(text(t, "video-broken/"+f.At.File), f.At.Match); n != 1 {
			t.Errorf("%d: %q occurs %d times", f.ID, f.At.Match, n)
		}
		if !strings.Contains(text(t, "../../docs/rules/README.md"), "["+f.Rule+"]") {
			t.Errorf("%d: there is no rule %s", f.ID, f.Rule)
		}
		parts := strings.Split(f.Service, "/") // mesh, cluster, namespace, host
		name, _, _ := strings.Cut(parts[3], ".")
		if !loadVideo(t, "video").has(parts[1], "Service", parts[2], name) {
			t.Errorf("%d: there is no service %s", f.ID, f.Service)
		}
		for _, r := range f.Revert {
			files[r.File] = text(t, "video-broken/"+r.File)
			if n := strings.Count(files[r.File], r.Old); n != 1 {
				t.Errorf("%d: %q occurs %d times", f.ID, r.Old, n)
			}
		}
	}
	for _, order := range []func([]videoFault){func([]videoFault) {}, slices.Reverse[[]videoFault]} {
		order(faults)
		repaired := map[string]string{}
		for _, f := range faults {
			for _, r := range f.Revert {
				if _, begun := repaired[r.File]; !begun {
					repaired[r.File] = files[r.File]
				}
				repaired[r.File] = strings.Replace(repaired[r.File], r.Old, r.New, 1)
			}
		}
		err := filepath.WalkDir(filepath.Join(fleets, "video"), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, filepath.Join(fleets, "video")+string(filepath.Separator)))
			got, touched := repaired[name]
			if !touched {
				got = text(t, "video-broken/"+name)
			}
			if got != text(t, "video/"+name) {
				t.Errorf("%s is not that of the clean tree", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What the faults change, as far as Linkerd's answers and the objects themselves tell.
func TestVideoFaultsChangeAnswers(t *testing.T) {
	clean, broken := loadVideo(t, "video"), loadVideo(t, "video-broken")
	const breaker = "5 failures, 1s to 1m30s"
	profiles := func(cluster string) string {
		return "3 " + cluster + " profiles.account.serviceaccount.identity.linkerd.cluster.local h2"
	}
	for id, tc := range map[int]struct {
		see           func(*video) string
		clean, broken string
	}{
		1: {func(v *video) string { return v.breaker("eu", "catalog-federated.browse") },
			breaker, "dropped for balancer.linkerd.io/failure-accrual-consecutive-max-penalty"},
		2: {func(v *video) string {
			return v.breaker("us", "subtitles.playback") + "; " + v.breaker("us", "subtitles-eu.playback")
		}, breaker + "; " + breaker, "none; " + breaker},
		3: {func(v *video) string { return v.profile("ap", "playlists-federated.browse", 80) },
			"routes and breaker", "the profile alone, clusters/ap/browse/playlists-profile.yaml:8"},
		4: {func(v *video) string {
			service, dropped := v.clusters["ap"].Services[kubernetes.Key{Namespace: "browse", Name: "ratings"}].Timeouts()
			return fmt.Sprintf("%s, %v, %v, %s", v.breaker("ap", "ratings.browse"), service, dropped, v.route(t, "ap", "browse", "ratings").Timeouts.Request)
		}, breaker + ", <nil>, <nil>, 2s", breaker + ", <nil>, <nil>, "},
		5: {func(v *video) string { return v.backends(t, "eu", "browse", "artwork") },
			"artwork 4 OK, artwork-ap 1 OK", "artwork 4 OK, artwork-apac 1 NotFound"},
		6: {func(v *video) string {
			return read[struct {
				Spec struct {
					Ports []struct{ AppProtocol string }
				}
			}](t, v, "us", "Service", "browse", "search-federated").Spec.Ports[0].AppProtocol
		}, "kubernetes.io/h2c", "grpc"},
		7: {func(v *video) string { return v.backends(t, "ap", "playback", "trailers") },
			"trailers-us 90 OK, trailers-eu 10 OK", "trailers-us 100 OK, trailers-eu 0 OK"},
		8: {func(v *video) string {
			down := v.without("ap", "recommendations-us.browse")
			return down.weights("ap", "recommendations.browse") + "; " + down.profile("ap", "recommendations.browse", 80)
		}, "OK controlled=true recommendations-us=0 recommendations-eu=1; the profile alone, clusters/ap/browse/recommendations.yaml:30",
			"OK controlled=true recommendations-us=0 recommendations-eu=0; routes and breaker"},
		9: {func(v *video) string {
			arrives := v.clusters["ap"].Get(linkerd.GetQuery{Path: host("licenses-eu.playback", 80)}).Endpoints[0].TLSIdentity
			admitted := func(cluster string) bool {
				return slices.Contains(read[struct{ Spec struct{ Identities []string } }](t, v, cluster, "MeshTLSAuthentication", "playback", "licenses-clients").Spec.Identities, arrives)
			}
			return fmt.Sprintf("us %v, eu %v", admitted("us"), admitted("eu"))
		}, "us true, eu true", "us true, eu false"},
		10: {func(v *video) string {
			at := slices.IndexFunc(v.clusters["eu"].Links, func(l *linkerd.Link) bool { return l.Cluster == "us" })
			l := v.clusters["eu"].Links[at]
			// The first probe that fails comes at once or a period later.
			return (l.ProbePeriod * time.Duration(l.ProbeFailures-1)).String()
		}, "6s", "2m0s"},
		11: {func(v *video) string { return v.get("ap", "profiles-federated.account") },
			profiles("eu") + "\n" + profiles("us"), profiles("us") + "\n- profiles@europe: its cluster is not linked"},
		12: {func(v *video) string {
			return read[struct {
				Spec struct {
					Template struct {
						Metadata struct{ Annotations map[string]string }
					}
				}
			}](t, v, "eu", "Deployment", "playback", "thumbnails").Spec.Template.Metadata.Annotations["config.linkerd.io/skip-inbound-ports"]
		}, "", "8080"},
	} {
		if got := tc.see(clean); got != tc.clean {
			t.Errorf("%d, clean: got\n%s\nwant\n%s", id, got, tc.clean)
		}
		if got := tc.see(broken); got != tc.broken {
			t.Errorf("%d, broken: got\n%s\nwant\n%s", id, got, tc.broken)
		}
	}
}

// routeRule is the one rule of an HTTPRoute.
type routeRule struct {
	BackendRefs []struct {
		Name   string
		Weight int
	}
	Timeouts struct{ Request string }
}

func (v *video) route(t *testing.T, cluster, namespace, name string) routeRule {
	t.Helper()
	return read[struct{ Spec struct{ Rules []routeRule } }](t, v, cluster, "HTTPRoute", namespace, name).Spec.Rules[0]
}

// backends are those of a route, with their weights and whether they are Services.
func (v *video) backends(t *testing.T, cluster, namespace, name string) string {
	t.Helper()
	var out []string
	for _, b := range v.route(t, cluster, namespace, name).BackendRefs {
		code := v.clusters[cluster].Get(linkerd.GetQuery{Path: host(b.Name+"."+namespace, 80)}).Code
		out = append(out, fmt.Sprintf("%s %d %s", b.Name, b.Weight, code))
	}
	return strings.Join(out, ", ")
}

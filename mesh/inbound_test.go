package mesh_test

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// Without refusals no allow policy at all means allowed; with them, whom nothing admits is refused, by what is said
// of the port.
func TestRefusalsCloseWhatNothingAdmits(t *testing.T) {
	at := func(note string) mesh.Origin { return mesh.Origin{Note: note} }
	admit := mesh.AuthzPolicy{Origin: at("policy"), Rules: []mesh.AuthzRule{{From: []mesh.AuthzSource{{Principals: []string{"web"}}}, NotPorts: []int{90}}}}
	closed := []mesh.Refusal{{Port: 80, Origin: at("server")}, {Origin: at("default")}}
	for _, test := range []struct {
		name   string
		authz  mesh.Authorization
		caller mesh.Caller
		want   mesh.Verdict
		by     string
	}{
		{"nothing is said", mesh.Authorization{}, mesh.Caller{Port: 80}, mesh.Allowed, ""},
		{"a refusal alone", mesh.Authorization{Refusals: closed}, mesh.Caller{Port: 80}, mesh.Denied, "server"},
		{"a port that is not listed", mesh.Authorization{Refusals: closed}, mesh.Caller{Port: 81}, mesh.Denied, "default"},
		{"a policy admits", mesh.Authorization{Allow: []mesh.AuthzPolicy{admit}, Refusals: closed}, mesh.Caller{Port: 80, Principal: "web"}, mesh.Allowed, "policy"},
		{"it does not admit others", mesh.Authorization{Allow: []mesh.AuthzPolicy{admit}, Refusals: closed}, mesh.Caller{Port: 80, Principal: "x"}, mesh.Denied, "server"},
		{"it does not speak of the port", mesh.Authorization{Allow: []mesh.AuthzPolicy{admit}, Refusals: closed}, mesh.Caller{Port: 90, Principal: "web"}, mesh.Denied, "default"},
		{"no refusals: the first policy is named", mesh.Authorization{Allow: []mesh.AuthzPolicy{admit}}, mesh.Caller{Port: 90, Principal: "web"}, mesh.Denied, "policy"},
		{"a refusal does not overrule what may admit", mesh.Authorization{Allow: []mesh.AuthzPolicy{{Origin: at("maybe"), Rules: []mesh.AuthzRule{{RequestBound: true}}}}, Refusals: closed}, mesh.Caller{Port: 80}, mesh.VerdictUnknown, "maybe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if v, by := test.authz.Decide(test.caller); v != test.want || by.Note != test.by {
				t.Errorf("%v by %q, want %v by %q", v, by.Note, test.want, test.by)
			}
		})
	}
}

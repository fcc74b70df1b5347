package policy

import "testing"

// The built-in rules in Rego have nothing to say of fleets that are in order.
func TestBuiltinPoliciesAreSilentOnCleanFleets(t *testing.T) {
	sources, err := Builtins()
	if err != nil || len(sources) == 0 {
		t.Fatal(len(sources), err)
	}
	set := Compile(sources)
	if text := refused(set); text != "" {
		t.Fatal(text)
	}
	if problems := set.check(); len(problems) > 0 {
		t.Fatal(problems) // a scan with these policies alone takes them for checked
	}
	for _, name := range []string{"shop", "shop-alt", "demo-books", "demo-boutique"} {
		got, r := judge(t, load(t, "../testdata/fleets/"+name), set, Options{})
		equal(t, name, got, nil)
		if text := missed(r); text != "" {
			t.Error(text)
		}
	}
}

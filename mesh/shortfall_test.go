package mesh

import (
	"strings"
	"testing"
)

func TestWhatIsSmallerAfterAFailover(t *testing.T) {
	tests := []struct{ name, lost, left, want string }{ // pods, and of each: CPU request, CPU limit, memory request, memory limit
		{"equal", "6 500m - 1Gi -", "6 500m - 1Gi -", ""},
		{"fewer pods", "6 500m - 1Gi -", "4 500m - 1Gi -", "4 pods instead of 6 (33 % less)"},
		{"more pods", "6 500m - 1Gi -", "9 500m - 1Gi -", ""},
		{"less than a tenth", "12 500m - 1Gi -", "11 500m - 1000Mi -", ""},
		{"less CPU a pod", "6 500m 1 - -", "6 250m 1 - -", "CPU requests of 1.5 cores instead of 3 (50 % less)"},
		{"less CPU a pod, in more pods", "6 500m - - -", "12 250m - - -", ""},
		{"more CPU a pod, in fewer pods", "6 500m - - -", "3 1 - - -", ""},
		{"less memory a pod, and fewer pods", "4 - - - 2Gi", "2 - - - 1Gi", "2 pods instead of 4 (50 % less); memory limits of 2 GiB instead of 8 (75 % less)"},
		{"what one side does not say", "6 500m 1 1Gi 1Gi", "6 - - - -", ""},
		{"what cannot be read", "6 500m - - -", "6 much - - -", ""},
		{"two take over from one", "6 - - - -", "3 - - - -+3 - - - -", ""},
		{"two take over from one, with less", "6 1 - - -", "3 500m - - -+3 500m - - -", "CPU requests of 3 cores instead of 6 (50 % less)"},
		{"pods that are not known", "6 1 - - -", "? 500m - - -", ""},
		{"pods scaled to none", "6 1 - - -", "0 1 - - -", ""},
	}
	for _, test := range tests {
		var got []string
		for _, s := range Shortfalls(sized(test.lost), sized(test.left), 0.1) {
			got = append(got, s.String())
		}
		if text := strings.Join(got, "; "); text != test.want {
			t.Errorf("%s: got %q, want %q", test.name, text, test.want)
		}
	}
}

// sized reads workloads such as "6 500m - 1Gi -", joined with "+".
func sized(text string) []*Workload {
	var list []*Workload
	for one := range strings.SplitSeq(text, "+") {
		word := strings.Fields(one)
		value := func(i int) Value[string] {
			if word[i] == "-" {
				return Value[string]{}
			}
			return Of(word[i], Origin{})
		}
		w := &Workload{Template: &PodSpec{Containers: []Container{{CPU: Amount{value(1), value(2)}, Memory: Amount{value(3), value(4)}}}}}
		if n, ok := Quantity(word[0]); ok {
			w.Replicas = Of(int(n), Origin{})
		}
		list = append(list, w)
	}
	return list
}

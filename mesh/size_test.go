package mesh

import "testing"

func TestQuantitiesAsKubernetesWritesThem(t *testing.T) {
	for text, want := range map[string]float64{
		"500m": 0.5, "0.5": 0.5, "2": 2, "1.5Gi": 1.5 * (1 << 30), "512Mi": 512 << 20, "100M": 1e8, "2e3": 2000, "1E3": 1000, "3E": 3e18, "250000n": 0.00025,
	} {
		if got, ok := Quantity(text); !ok || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "m", "Gi", "-1", "0x10", "inf", "NaN", "1 Gi", "1GiB", "${CPU}", "1e999"} {
		if got, ok := Quantity(text); ok {
			t.Errorf("%q is no quantity, got %v", text, got)
		}
	}
}

func TestTheSizeOfAWorkload(t *testing.T) {
	text := func(s string) Value[string] {
		if s == "" {
			return Value[string]{}
		}
		return Of(s, Origin{})
	}
	container := func(request, limit string) Container {
		return Container{CPU: Amount{Request: text(request), Limit: text(limit)}}
	}
	w := &Workload{Replicas: Of(3, Origin{}), Template: &PodSpec{Containers: []Container{container("500m", "1"), container("1", "")}}}
	s := w.Size()
	if s.Pods.V != 3 || s.CPU.V != 1.5 || s.CPULimit.State != Absent || s.Memory.State != Absent {
		t.Errorf("got %+v", s)
	}
	w.Autoscale = &Autoscale{Min: 2, Max: 9}
	if got := w.Size().Pods.V; got != 9 {
		t.Errorf("with an autoscaler: %d pods, want 9", got)
	}
	w.Template = &PodSpec{Containers: []Container{container("much", "")}}
	if got := w.Size().CPU; got.State != Unknown {
		t.Errorf("an amount that cannot be read: %+v, want unknown", got)
	}
	if got := (&Workload{}).Size(); got.Pods.State != Absent || got.CPU.State != Absent {
		t.Errorf("of nothing: %+v", got)
	}
}

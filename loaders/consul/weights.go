package consul

import "math"

// scaled is a weight in hundredths of a percent, as Consul compares and keeps it.
func scaled(w float32) int {
	return int(math.Round(float64(w * 100)))
}

// rounded keeps the two decimals of a weight that Consul keeps.
func rounded(w float32) float32 {
	return float32(scaled(w)) / 100
}

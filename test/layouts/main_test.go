package layouts

import (
	"testing"

	"github.com/passmuster/muster/loaders/render/rendertest"
)

func TestMain(m *testing.M) {
	if !rendertest.Child() {
		m.Run() // the exit code is the testing package's business
	}
}

package istio

import "github.com/passmuster/muster/mesh"

func (f *Fleet) observe() {}

func (f *Fleet) intent(s *mesh.Service) []mesh.Evidence { return nil }

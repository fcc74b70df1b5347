package rollouts

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// helmTimeout is how long Flux waits for a release unless it is told otherwise.
const helmTimeout = 5 * time.Minute

type kustomizationObject struct {
	Spec struct {
		Path       string        `json:"path"`
		Suspend    bool          `json:"suspend"`
		KubeConfig *struct{}     `json:"kubeConfig"`
		Patches    []interface{} `json:"patches"`
	} `json:"spec"`
}

// readKustomization reads a Kustomization of Flux: it applies what Git says at each interval, and has no way back of its own.
func (b *builder) readKustomization(d *source.Document) {
	o, whole := object[kustomizationObject](b, d)
	if o == nil {
		return
	}
	r := b.begin(mesh.FluxKustomization, d)
	at := mesh.At(d, "/spec/suspend")
	r.Reverts = mesh.Of(!o.Spec.Suspend, at)
	if !whole {
		r.Reverts = mesh.UnknownOf[bool]("part of the Kustomization cannot be read", r.Origin)
	}
	none := mesh.Trigger{Automatic: mesh.Of(false, mesh.At(d, "/spec")), Why: "Flux applies what Git says, and goes back when Git does"}
	r.Analysis, r.Deadline = none, none
	k := &keeper{rollout: r, here: o.Spec.KubeConfig == nil}
	b.keepers = append(b.keepers, k)
	if k.here && len(o.Spec.Patches) == 0 {
		b.places.add(o.Spec.Path, true, k)
	}
}

type helmReleaseObject struct {
	Spec struct {
		ReleaseName     string    `json:"releaseName"`
		TargetNamespace string    `json:"targetNamespace"`
		Suspend         bool      `json:"suspend"`
		KubeConfig      *struct{} `json:"kubeConfig"`
		Timeout         scalar    `json:"timeout"`
		MaxHistory      *int64    `json:"maxHistory"`
		Upgrade         struct {
			DisableWait bool   `json:"disableWait"`
			Timeout     scalar `json:"timeout"`
			Remediation *struct {
				Retries              int64  `json:"retries"`
				RemediateLastFailure *bool  `json:"remediateLastFailure"`
				Strategy             string `json:"strategy"`
			} `json:"remediation"`
			Strategy *struct {
				Name string `json:"name"`
			} `json:"strategy"`
		} `json:"upgrade"`
		DriftDetection struct {
			Mode   string            `json:"mode"`
			Ignore []json.RawMessage `json:"ignore"`
		} `json:"driftDetection"`
	} `json:"spec"`
}

// readHelmRelease reads a HelmRelease of Flux. It notices an upgrade whose objects do not become ready in time, and
// nothing that shows later.
func (b *builder) readHelmRelease(d *source.Document) {
	o, whole := object[helmReleaseObject](b, d)
	if o == nil {
		return
	}
	r := b.begin(mesh.FluxHelm, d)
	at := func(p string) mesh.Origin { return mesh.At(d, "/spec"+p) }
	s := &o.Spec
	r.History = count(s.MaxHistory, 5, at("/maxHistory"))
	r.Reverts = mesh.Of(s.DriftDetection.Mode == "enabled" && !s.Suspend, at("/driftDetection/mode"))
	if r.Reverts.V && len(s.DriftDetection.Ignore) > 0 {
		r.Reverts = mesh.UnknownOf[bool]("it leaves some fields alone", at("/driftDetection/ignore"))
	}
	r.Analysis = mesh.Trigger{Automatic: mesh.Of(false, at("/upgrade")), Why: "Flux looks at readiness alone"}
	r.Deadline = helmUpgrade(o, at)
	m := s.Upgrade.Remediation
	switch auto := r.Deadline.Automatic; {
	case !whole:
		why := "part of the HelmRelease cannot be read"
		r.Deadline.Automatic, r.Reverts = mesh.UnknownOf[bool](why, r.Origin), mesh.UnknownOf[bool](why, r.Origin)
	case m != nil && !auto.V && !s.Suspend && (m.Retries > 0 || m.Strategy != "" && m.RemediateLastFailure == nil):
		r.Inert = []mesh.Evidence{{What: r.Deadline.Why, Origin: auto.Origin}}
	}
	name := cmp.Or(s.ReleaseName, s.TargetNamespace+strings.Repeat("-", min(len(s.TargetNamespace), 1))+d.Name)
	b.keepers = append(b.keepers, &keeper{rollout: r, here: s.KubeConfig == nil, release: name, into: cmp.Or(s.TargetNamespace, r.Namespace)})
}

// helmUpgrade judges the remediation of a failed upgrade. Nothing is rolled back where no retries are written, unless
// the last failure is to be remediated.
// Flux: helm-controller, api/v2, UpgradeRemediation; RetryOnFailure keeps what failed.
func helmUpgrade(o *helmReleaseObject, at func(string) mesh.Origin) mesh.Trigger {
	u := &o.Spec.Upgrade
	no := func(p, why string) mesh.Trigger { return mesh.Trigger{Automatic: mesh.Of(false, at(p)), Why: why} }
	switch m := u.Remediation; {
	case o.Spec.Suspend:
		return no("/suspend", "it is suspended")
	case u.Strategy != nil && u.Strategy.Name == "RetryOnFailure":
		return no("/upgrade/strategy/name", "RetryOnFailure tries a failed upgrade again, and never rolls it back")
	case u.DisableWait:
		return no("/upgrade/disableWait", "disableWait takes an upgrade for done before its pods are ready")
	case m == nil:
		return no("/upgrade/remediation", "no remediation of failed upgrades is written, and the default is none")
	case m.Strategy == "uninstall":
		return no("/upgrade/remediation/strategy", "its remediation uninstalls the release")
	case m.RemediateLastFailure != nil && !*m.RemediateLastFailure && m.Retries >= 0:
		return no("/upgrade/remediation/remediateLastFailure", "the last failure is left as it is (remediateLastFailure false)")
	case m.RemediateLastFailure == nil && m.Retries == 0:
		return no("/upgrade/remediation/retries", "its remediation has 0 retries and no remediateLastFailure, and then nothing is rolled back")
	}
	t := mesh.Trigger{Automatic: mesh.Of(true, at("/upgrade/remediation"))}
	limit := u.Timeout.duration(at("/upgrade/timeout"), false)
	if u.Timeout == "" {
		limit = o.Spec.Timeout.duration(at("/timeout"), false)
	}
	retries := u.Remediation.Retries
	switch {
	case limit.State == mesh.Unknown:
		t.Within = mesh.UnknownOf[mesh.Span](limit.Cause, limit.Origin)
	case retries < 0:
		t.Within = mesh.UnknownOf[mesh.Span]("it tries "+strconv.FormatInt(retries, 10)+" times: without end", at("/upgrade/remediation/retries"))
	default:
		if !limit.IsKnown() {
			limit = mesh.Of(helmTimeout, limit.Origin)
		}
		t.Within = mesh.Of(mesh.Span{Upper: times(limit.V, retries+1)}, limit.Origin)
	}
	return t
}

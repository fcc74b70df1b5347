package mesh

import "strings"

// SplitIdentity gives the trust domain of an identity and the account in it, whose form is that of the mesh:
// "domain/ns/x/sa/y", or Linkerd's "y.x.serviceaccount.identity.CONTROL-PLANE.domain".
func SplitIdentity(identity string) (domain, account string) {
	if name, rest, linkerd := strings.Cut(identity, ".serviceaccount.identity."); linkerd {
		_, domain, _ = strings.Cut(rest, ".")
		return domain, name
	}
	domain, account, _ = strings.Cut(identity, "/")
	return domain, account
}

package terraform

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

func filenameList(d *reading) (map[string]cty.Value, error) {
	pattern, ok := d.text("pattern")
	if !ok {
		return nil, nil
	}
	names, err := d.glob(pattern)
	if err != nil {
		return nil, err
	}
	var base []string
	for _, n := range names {
		base = append(base, path.Base(n))
	}
	return map[string]cty.Value{"matches": texts(names), "basenames": texts(base)}, nil
}

func texts(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

func localFile(d *reading) (map[string]cty.Value, error) {
	name, ok := d.text("filename")
	if !ok {
		return nil, nil
	}
	content, at, err := d.file(name)
	if err != nil {
		return nil, err
	}
	d.from(content, &origin{scope: d.scope, file: at, whole: content, part: content})
	out := map[string]cty.Value{"content": cty.StringVal(content), "content_base64": cty.StringVal(base64.StdEncoding.EncodeToString([]byte(content))),
		"id": cty.StringVal(hex.EncodeToString(digests["sha1"]([]byte(content))))}
	for _, name := range []string{"md5", "sha1", "sha256", "sha512"} {
		sum := digests[name]([]byte(content))
		out["content_"+name] = cty.StringVal(hex.EncodeToString(sum))
		if strings.HasPrefix(name, "sha") && name != "sha1" {
			out["content_base64"+name] = cty.StringVal(base64.StdEncoding.EncodeToString(sum))
		}
	}
	return out, nil
}

func templateOf(d *reading) (map[string]cty.Value, error) {
	text, ok := d.text("template")
	if !ok || d.open("vars") {
		return nil, nil
	}
	out, _, err := d.render(text, "template", "vars")
	if errors.Is(err, errUnknown) {
		return nil, nil
	}
	return map[string]cty.Value{"rendered": cty.StringVal(out)}, err
}

// awsRegion is the region that is named, else that of the provider.
func awsRegion(d *reading) (map[string]cty.Value, error) {
	if d.open("endpoint") || len(d.config) > 0 && isSet(d.config["endpoint"]) && !d.config["endpoint"].IsNull() {
		return nil, nil
	}
	region, ok := cty.NilVal, false
	for _, name := range []string{"name", "region"} {
		if v, set := d.config[name]; set && !(v.IsKnown() && v.IsNull()) {
			region, ok = v, true
		}
	}
	if !ok {
		values := map[string]cty.Value{}
		d.scope.regionOf("data."+strings.Join(d.block.labels, "."), d.block, d.at.frame, values)
		region = values["region"]
	}
	if region == cty.NilVal || !isText(region) {
		return nil, nil
	}
	return map[string]cty.Value{"name": region, "id": region, "region": region}, nil
}

func (d *reading) state() (map[string]cty.Value, error) {
	if v, ok := d.scope.remoteState(d.config); ok {
		return map[string]cty.Value{"outputs": v}, nil
	}
	return nil, nil
}

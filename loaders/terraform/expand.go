package terraform

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// expansion is the instances of a resource or of a call.
type expansion struct {
	instances []instance
	counted   bool   // by count: the whole is a tuple
	keyed     bool   // by for_each: the whole is an object
	missing   string // of a call: why its module is not entered; "" = it is
	open      string // why nobody knows how many there are; "" = these are all
}

// instance is one of an expansion.
type instance struct {
	suffix string // "", `[0]` or `["eu"]`
	key    string
	frame  frame
	scope  *scope // of a call; nil if the module is not here

	contents *contents // of a resource, once somebody asked

	read bool                 // a data source was read
	data map[string]cty.Value // what that gave
}

// value is what expressions see of the whole.
func (x *expansion) value(of func(*instance) cty.Value) cty.Value {
	switch {
	case x.open != "":
		return cty.DynamicVal
	case x.counted:
		list := make([]cty.Value, len(x.instances))
		for i := range x.instances {
			list[i] = of(&x.instances[i])
		}
		return cty.TupleVal(list)
	case x.keyed:
		object := make(map[string]cty.Value, len(x.instances))
		for i := range x.instances {
			object[x.instances[i].key] = of(&x.instances[i])
		}
		return cty.ObjectVal(object)
	}
	return of(&x.instances[0])
}

// expand works out count and for_each. Where these are unknown there is one instance, of which nothing is known that depends on them.
func (s *scope) expand(b *block, name string) *expansion {
	open := func(why string) *expansion {
		unknown := frame{of: b, count: cty.UnknownVal(cty.Number), key: cty.UnknownVal(cty.String), each: cty.DynamicVal}
		return &expansion{open: why, instances: []instance{{suffix: "[?]", frame: unknown}}}
	}
	switch count, each := b.expr("count"), b.expr("for_each"); {
	case count != nil:
		n, err := s.root.limits.count(s.eval(count, noFrame))
		switch {
		case err != nil:
			s.root.tell(count.Range(), "count of %s%s: %v", s.address, name, err)
			return open("error: count of " + s.address + name + " is wrong")
		case n < 0:
			return open("count of " + s.address + name + " is not known")
		case n > s.root.limits.Instances:
			s.root.tell(count.Range(), "count of %s%s is over %d", s.address, name, s.root.limits.Instances)
			return open("limit: there are too many")
		}
		if why := s.root.expands(n, count.Range()); why != "" {
			return open(why)
		}
		x := &expansion{counted: true, instances: make([]instance, n)}
		for i := range n {
			x.instances[i] = instance{suffix: "[" + strconv.Itoa(i) + "]", frame: frame{count: cty.NumberIntVal(int64(i)), of: b}}
		}
		return x
	case each != nil:
		v, _ := s.eval(each, noFrame).UnmarkDeep()
		keys, known, err := keysOf(v)
		switch {
		case err != nil:
			s.root.tell(each.Range(), "for_each of %s%s: %v", s.address, name, err)
			return open("error: for_each of " + s.address + name + " is wrong")
		case !known:
			return open("for_each of " + s.address + name + " is not known")
		case len(keys) > s.root.limits.Instances:
			s.root.tell(each.Range(), "for_each of %s%s has over %d keys", s.address, name, s.root.limits.Instances)
			return open("limit: there are too many")
		}
		if why := s.root.expands(len(keys), each.Range()); why != "" {
			return open(why)
		}
		x := &expansion{keyed: true, instances: make([]instance, len(keys))}
		for i, k := range keys {
			x.instances[i] = instance{suffix: "[" + quote(k.name) + "]", key: k.name, frame: frame{key: cty.StringVal(k.name), each: k.value, of: b}}
		}
		return x
	}
	if why := s.root.expands(1, b.rng); why != "" {
		return open(why)
	}
	return &expansion{instances: []instance{{}}}
}

// expands counts instances of the whole root; what it returns is why there cannot be more.
func (r *Root) expands(n int, at hcl.Range) string {
	if r.instances+n > r.limits.AllInstances {
		r.tell(at, "there are more than %d instances; these are unknown", r.limits.AllInstances)
		return "limit: there are too many"
	}
	r.instances += n
	return ""
}

type keyed struct {
	name  string
	value cty.Value
}

// keysOf are the keys of a for_each: a map, an object, or a set of strings.
func keysOf(v cty.Value) (list []keyed, known bool, err error) {
	t := v.Type()
	switch {
	case t == cty.DynamicPseudoType && !v.IsKnown():
		return nil, false, nil
	case v.IsNull():
		return nil, false, fmt.Errorf("it is null")
	case t.IsMapType(), t.IsObjectType():
		if !v.IsKnown() {
			return nil, false, nil
		}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			list = append(list, keyed{k.AsString(), e})
		}
		slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.name, b.name) })
		return list, true, nil
	case t.IsSetType() && (t.ElementType() == cty.String || t.ElementType() == cty.DynamicPseudoType):
		if !v.IsWhollyKnown() {
			return nil, false, nil
		}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if e.IsNull() {
				return nil, false, fmt.Errorf("it has a null")
			}
			list = append(list, keyed{e.AsString(), e})
		}
		return list, true, nil
	}
	return nil, false, fmt.Errorf("it is a %s, and has to be a map or a set of strings", t.FriendlyName())
}

// quote writes a key as Terraform does in addresses: as a text of HCL.
func quote(key string) string {
	return string(hclwriteQuote(key))
}

func hclwriteQuote(key string) []byte { return hclwrite.TokensForValue(cty.StringVal(key)).Bytes() }

// number is a whole number; -1 if it is unknown.
func (l Limits) count(v cty.Value) (int, error) {
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return -1, nil
	}
	if l.longNumber(v, cty.Number) {
		return 0, errors.New("it is no number")
	}
	v, err := convert.Convert(v, cty.Number)
	switch {
	case err != nil:
		return 0, err
	case !v.IsKnown():
		return -1, nil
	case v.IsNull():
		return 0, errors.New("it is null")
	}
	if err := l.number(v); err != nil {
		return 0, err
	}
	f := v.AsBigFloat()
	n, accuracy := f.Int64()
	if accuracy != 0 || n < 0 {
		return 0, fmt.Errorf("%s is no count", f.Text('g', 20))
	}
	return int(min(n, int64(l.Instances)+1)), nil
}

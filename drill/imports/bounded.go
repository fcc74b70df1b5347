package imports

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/passmuster/muster/drill/record"
)

// bounded is a list of a document that holds maxEvents elements at most: an element of two bytes in a file may be a hundred times
// as large in memory.
type bounded[T any] []T

// UnmarshalJSON reads the elements one by one. What is no list is an error.
func (l *bounded[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	s := scan{b: data}
	if s.peek() == 'n' {
		return nil
	}
	return s.elements(func() error {
		s.space()
		from := s.i
		if _, err := s.any(maxDepth); err != nil {
			return err
		}
		if len(*l) >= maxEvents {
			return errTooMany
		}
		var element T
		if err := json.Unmarshal(data[from:s.i], &element); err != nil {
			return err
		}
		*l = append(*l, element)
		return nil
	})
}

var errTooMany = fmt.Errorf("a list has more than %d elements", maxEvents)

// decodeJSON reads one document, and names the line of a mistake. What is nested deeper than maxDepth is refused.
func decodeJSON(data []byte, into any) error {
	s := scan{b: data}
	_, err := s.any(maxDepth)
	if err == nil {
		err = s.rest()
	}
	if err != nil {
		return &lineError{lineOf(data, s.i), err}
	}
	err = json.Unmarshal(data, into)
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &lineError{lineOf(data, int(kind.Offset)), fmt.Errorf("%s is a %s, which it cannot be", record.Clip(kind.Field, maxText), kind.Value)}
	}
	if err != nil {
		return &lineError{1, err}
	}
	return nil
}

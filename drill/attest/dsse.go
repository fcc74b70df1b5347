// Package attest signs what a drill left behind, and verifies it: an in-toto statement with a test result names the
// configuration, the plan, every file of results and the report by their digests, in a DSSE envelope signed with ed25519.
// Nobody can change a line afterwards without being found, and which line.
package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// PayloadType is that of in-toto statements (https://github.com/in-toto/attestation/tree/main/spec/v1).
const PayloadType = "application/vnd.in-toto+json"

// Bounds of an envelope, which may come from anybody.
const (
	MaxEnvelope    = 16 << 20 // bytes
	mostSignatures = 64
)

// Envelope is one of DSSE 1.0 (https://github.com/secure-systems-lab/dsse).
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     string      `json:"payload"` // base64
	Signatures  []Signature `json:"signatures"`
}

// Signature is one over the envelope. KeyID is a hint, and nothing is decided by it.
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"` // base64
}

// preAuth is what is signed (PAE of DSSE): the type is part of it, so that no payload can be taken for one of another type.
func preAuth(payloadType string, payload []byte) []byte {
	var b bytes.Buffer
	b.WriteString("DSSEv1 " + strconv.Itoa(len(payloadType)) + " " + payloadType + " " + strconv.Itoa(len(payload)) + " ")
	b.Write(payload)
	return b.Bytes()
}

// KeyID names a public key: the SHA-256 of its PKIX form.
func KeyID(key ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// Sign puts a payload into an envelope.
func Sign(payload []byte, key ed25519.PrivateKey) (*Envelope, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the key is none of ed25519")
	}
	id, err := KeyID(public)
	if err != nil {
		return nil, err
	}
	sig := ed25519.Sign(key, preAuth(PayloadType, payload))
	return &Envelope{PayloadType, base64.StdEncoding.EncodeToString(payload), []Signature{{id, base64.StdEncoding.EncodeToString(sig)}}}, nil
}

// ErrSignature is returned where no signature is one of the keys that were given.
var ErrSignature = errors.New("no signature is of a key that was given")

// Open returns the payload of an envelope that one of the keys has signed.
func Open(data []byte, keys ...ed25519.PublicKey) ([]byte, error) {
	if len(data) > MaxEnvelope {
		return nil, fmt.Errorf("the envelope has %d bytes, and %d are read at most", len(data), MaxEnvelope)
	}
	var e Envelope
	if err := strict(data, &e); err != nil {
		return nil, fmt.Errorf("no envelope: %w", err)
	}
	if e.PayloadType != PayloadType {
		return nil, fmt.Errorf("payloadType: want %s, got %.100q", PayloadType, e.PayloadType)
	}
	if n := len(e.Signatures); n == 0 || n > mostSignatures {
		return nil, fmt.Errorf("signatures: want 1 to %d, got %d", mostSignatures, n)
	}
	payload, err := unbase64(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	signed := preAuth(e.PayloadType, payload)
	for _, s := range e.Signatures {
		sig, err := unbase64(s.Sig)
		if err != nil {
			return nil, fmt.Errorf("signatures: %w", err)
		}
		for _, key := range keys {
			if len(key) == ed25519.PublicKeySize && ed25519.Verify(key, signed, sig) {
				return payload, nil
			}
		}
	}
	return nil, ErrSignature
}

// unbase64 takes both alphabets, as DSSE has it.
func unbase64(text string) ([]byte, error) {
	if b, err := base64.StdEncoding.Strict().DecodeString(text); err == nil {
		return b, nil
	}
	return base64.URLEncoding.Strict().DecodeString(text)
}

// strict decodes one value of JSON that has known members only.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is more behind its end")
	}
	return nil
}

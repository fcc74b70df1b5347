package attest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// mostKey is how many bytes a file with a key has at most.
const mostKey = 64 << 10

const (
	privateBlock = "PRIVATE KEY" // PKCS#8
	publicBlock  = "PUBLIC KEY"  // PKIX
)

// NewKey makes a pair of keys, as PEM: PKCS#8 for the one that signs, PKIX for the one that verifies.
func NewKey() (private, public []byte, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	a, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, err
	}
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: a}), pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: b}), nil
}

// PrivateKey reads an ed25519 key in PKCS#8 PEM, as openssl genpkey -algorithm ed25519 writes it.
func PrivateKey(path string) (ed25519.PrivateKey, error) {
	der, err := block(path, privateBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: no key: %w", path, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: the key is none of ed25519", path)
	}
	return private, nil
}

// PublicKey reads an ed25519 key in PKIX PEM, as openssl pkey -pubout writes it.
func PublicKey(path string) (ed25519.PublicKey, error) {
	der, err := block(path, publicBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: no key: %w", path, err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: the key is none of ed25519", path)
	}
	return public, nil
}

func block(path, kind string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostKey+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostKey {
		return nil, fmt.Errorf("%s: no key: it has more than %d bytes", path, mostKey)
	}
	b, _ := pem.Decode(data)
	switch {
	case b == nil:
		return nil, fmt.Errorf("%s: no key in PEM", path)
	case b.Type == privateBlock && kind == publicBlock:
		return nil, fmt.Errorf("%s: this is the private key; verify with the public one, and keep this one to yourself", path)
	case b.Type != kind:
		return nil, fmt.Errorf("%s: want a block %q, got %.40q", path, kind, b.Type)
	}
	return b.Bytes, nil
}

// ErrExists is returned where a file would be overwritten.
var ErrExists = errors.New("the file exists, and is not overwritten")

// WriteNew writes a file that must not exist.
func WriteNew(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

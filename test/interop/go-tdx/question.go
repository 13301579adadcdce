package main

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
)

// question is one line of the caller's: with Define a root and collateral for the lines that follow, without it a quote.
type question struct {
	Define string `json:"define"`

	Root                hexBytes `json:"root"`
	RootCrl             hexBytes `json:"rootCrl"`
	PckCrl              hexBytes `json:"pckCrl"`
	PckCrlIssuerChain   string   `json:"pckCrlIssuerChain"`
	TcbInfo             string   `json:"tcbInfo"`
	TcbInfoSignature    string   `json:"tcbInfoSignature"`
	QeIdentity          string   `json:"qeIdentity"`
	QeIdentitySignature string   `json:"qeIdentitySignature"`
	SigningChain        string   `json:"signingChain"`

	ID    uint64   `json:"id"`
	With  string   `json:"with"`
	Quote hexBytes `json:"quote"`
	// Seconds since 1970.
	Now int64 `json:"now"`
}

// platform is what a definition gives: whom to trust, and what Intel's service would answer.
type platform struct {
	roots  *x509.CertPool
	getter *offlineGetter
}

func (q *question) platform() (*platform, error) {
	root, err := x509.ParseCertificate(q.Root)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return &platform{roots: roots, getter: newOfflineGetter(q)}, nil
}

// hexBytes is spelled in hex in JSON.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	*b = decoded
	return err
}

package main

import (
	"fmt"
	"net/url"
	"strings"
)

type reply struct {
	header map[string][]string
	body   []byte
}

// offlineGetter answers in place of Intel's service, from what the caller gave. It never touches a network.
type offlineGetter struct {
	tcbInfo, qeIdentity, pckCrl, rootCrl reply
}

func newOfflineGetter(q *question) *offlineGetter {
	signer := url.QueryEscape(q.SigningChain)
	return &offlineGetter{
		tcbInfo:    signed("tcbInfo", q.TcbInfo, q.TcbInfoSignature, "Tcb-Info-Issuer-Chain", signer),
		qeIdentity: signed("enclaveIdentity", q.QeIdentity, q.QeIdentitySignature, "Sgx-Enclave-Identity-Issuer-Chain", signer),
		pckCrl: reply{
			header: map[string][]string{"Sgx-Pck-Crl-Issuer-Chain": {url.QueryEscape(q.PckCrlIssuerChain)}},
			body:   q.PckCrl,
		},
		rootCrl: reply{body: q.RootCrl},
	}
}

// signed is the body as Intel sends it: the inner object is signed as text, and stays as it is.
func signed(name, object, signature, headerName, chain string) reply {
	return reply{
		header: map[string][]string{headerName: {chain}},
		body:   []byte(fmt.Sprintf(`{"%s":%s,"signature":"%s"}`, name, object, signature)),
	}
}

func (g *offlineGetter) Get(address string) (map[string][]string, []byte, error) {
	found := g.find(address)
	if found == nil {
		return nil, nil, fmt.Errorf("nothing was given for %s", address)
	}
	return found.header, found.body, nil
}

func (g *offlineGetter) find(address string) *reply {
	switch {
	case strings.Contains(address, "/tdx/certification/v4/tcb?"):
		return &g.tcbInfo
	case strings.HasSuffix(address, "/tdx/certification/v4/qe/identity"):
		return &g.qeIdentity
	case strings.Contains(address, "/sgx/certification/v4/pckcrl?"):
		return &g.pckCrl
	case strings.HasSuffix(address, "RootCA.der"):
		return &g.rootCrl
	}
	return nil
}

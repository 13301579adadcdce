package main

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-sev-guest/abi"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

// All bytes in hex. Certificates are DER, in any order.
type question struct {
	ID           int       `json:"id"`
	Report       string    `json:"report"`
	Certificates []string  `json:"certificates"`
	Now          time.Time `json:"now"`
	// Absent: the roots that the library ships.
	Root *root `json:"root"`
}

// A hierarchy to trust in place of AMD's. One of the intermediates may be empty.
type root struct {
	Product string `json:"product"`
	Ark     string `json:"ark"`
	Ask     string `json:"ask"`
	Asvk    string `json:"asvk"`
}

// Genuine is what one of the given leaves proves: a report may come with several issues of one certificate.
func judge(asked question) error {
	report, err := hex.DecodeString(asked.Report)
	if err != nil {
		return err
	}
	if len(report) != abi.ReportSize {
		return fmt.Errorf("report has %d bytes", len(report))
	}
	parsed, err := abi.ReportToProto(report)
	if err != nil {
		return err
	}
	options, err := optionsOf(asked)
	if err != nil {
		return err
	}
	failure := errors.New("no certificate of a signing key")
	for _, chain := range chainsOf(asked.Certificates) {
		if failure = judgeWith(&spb.Attestation{Report: parsed, CertificateChain: chain}, options); failure == nil {
			return nil
		}
	}
	return failure
}

// The library splits our question: the signature and the chain in verify, the fit of report and certificate in validate.
func judgeWith(attestation *spb.Attestation, options *verify.Options) error {
	if err := verify.SnpAttestation(attestation, options); err != nil {
		return err
	}
	return validate.SnpAttestation(attestation, &validate.Options{
		GuestPolicy:               abi.SnpPolicy{SMT: true, MigrateMA: true, Debug: true, CXLAllowed: true},
		PermitProvisionalFirmware: true,
	})
}

func optionsOf(asked question) (*verify.Options, error) {
	options := &verify.Options{DisableCertFetching: true, Now: asked.Now}
	if asked.Root == nil {
		return options, nil
	}
	certificates := make([]*x509.Certificate, 3)
	for i, text := range []string{asked.Root.Ark, asked.Root.Ask, asked.Root.Asvk} {
		if text == "" {
			continue
		}
		certificate, err := parse(text)
		if err != nil {
			return nil, err
		}
		certificates[i] = certificate
	}
	trusted := trust.AMDRootCertsProduct(asked.Root.Product)
	trusted.ProductCerts = &trust.ProductCerts{Ark: certificates[0], Ask: certificates[1], Asvk: certificates[2]}
	options.TrustedRoots = map[string][]*trust.AMDRootCerts{asked.Root.Product: {trusted}}
	return options, nil
}

// One chain for each leaf. Certificates that cannot be read are no leaves.
func chainsOf(certificates []string) []*spb.CertificateChain {
	var chains []*spb.CertificateChain
	for _, text := range certificates {
		certificate, err := parse(text)
		if err != nil {
			continue
		}
		switch certificate.Subject.CommonName {
		case "SEV-VCEK":
			chains = append(chains, &spb.CertificateChain{VcekCert: certificate.Raw})
		case "SEV-VLEK":
			chains = append(chains, &spb.CertificateChain{VlekCert: certificate.Raw})
		}
	}
	return chains
}

func parse(text string) (*x509.Certificate, error) {
	der, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

package main

import (
	"fmt"
	"regexp"
	"time"

	"github.com/google/go-tdx-guest/verify"
)

// answer has the verdict `genuine`, `rejected`, or `broken` where the library gave none. go-tdx-guest refuses every status but
// UpToDate and names what it found; it does so behind all signatures, so this is a quote that is genuine, and behind.
type answer struct {
	ID      uint64 `json:"id"`
	Verdict string `json:"verdict"`
	Status  string `json:"status,omitempty"`
	Error   string `json:"error,omitempty"`
}

var behind = regexp.MustCompile(`TCB Status is not "UpToDate", found "(\w+)"`)

func (q *question) answer(defined *platform) (reply *answer) {
	if defined == nil {
		return broken(q.ID, fmt.Errorf("nothing is defined as %s", q.With))
	}
	defer func() {
		if cause := recover(); cause != nil {
			reply = broken(q.ID, fmt.Errorf("panic: %v", cause))
		}
	}()
	return q.judge(verify.RawTdxQuote(q.Quote, &verify.Options{
		CheckRevocations: true,
		GetCollateral:    true,
		Getter:           defined.getter,
		Now:              time.Unix(q.Now, 0),
		TrustedRoots:     defined.roots,
	}))
}

func (q *question) judge(err error) *answer {
	if err == nil {
		return &answer{ID: q.ID, Verdict: "genuine", Status: "UpToDate"}
	}
	if found := behind.FindStringSubmatch(err.Error()); found != nil {
		return &answer{ID: q.ID, Verdict: "genuine", Status: found[1], Error: err.Error()}
	}
	return &answer{ID: q.ID, Verdict: "rejected", Error: err.Error()}
}

func broken(id uint64, err error) *answer {
	return &answer{ID: id, Verdict: "broken", Error: err.Error()}
}

// Judges SNP reports with google/go-sev-guest, for comparison with our own verifier. Reads one question a line from standard
// input, as JSON, and answers each with one line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/google/logger"
)

// Longer than any question: a report and some certificates, in hex.
const maxLine = 1 << 20

func main() {
	logger.Init("interop", false, false, io.Discard)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(make([]byte, 64*1024), maxLine)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for input.Scan() {
		if err := answerLine(input.Bytes(), output); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := input.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type answer struct {
	ID      int    `json:"id"`
	Genuine bool   `json:"genuine"`
	Reason  string `json:"reason,omitempty"`
}

// A malformed question is a fault of whoever asks, and ends the program. Answers are flushed one by one: the asker may wait.
func answerLine(line []byte, output *bufio.Writer) error {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return fmt.Errorf("question: %w", err)
	}
	given := answer{ID: asked.ID, Genuine: true}
	if err := judge(asked); err != nil {
		given.Genuine, given.Reason = false, err.Error()
	}
	if err := json.NewEncoder(output).Encode(given); err != nil {
		return err
	}
	return output.Flush()
}

// Asks go-tdx-guest for its verdicts: JSON lines in, JSON lines out, in the protocol of test/interop/README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	answers := json.NewEncoder(out)
	platforms := map[string]*platform{}
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if reply := take(line, platforms); reply != nil {
			if err := answers.Encode(reply); err != nil {
				return err
			}
		}
	}
}

// take has no answer to a definition.
func take(line []byte, platforms map[string]*platform) *answer {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return broken(0, err)
	}
	if asked.Define == "" {
		return asked.answer(platforms[asked.With])
	}
	defined, err := asked.platform()
	if err != nil {
		return broken(0, err)
	}
	platforms[asked.Define] = defined
	return nil
}

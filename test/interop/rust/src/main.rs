//! Asks dcap-qvl for its verdicts: JSON lines in, JSON lines out, in the protocol of test/interop/README.md.
mod answer;
mod question;

use std::collections::HashMap;
use std::io::{stdin, stdout, BufRead, Write};

use answer::Answer;
use question::{Line, Platform};

fn main() -> std::io::Result<()> {
    // A panic is an answer, too: the hook would write about each of them.
    std::panic::set_hook(Box::new(|_| {}));
    let mut platforms = HashMap::new();
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        if let Some(answer) = take(&line?, &mut platforms) {
            serde_json::to_writer(&mut out, &answer)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Definitions have no answer.
fn take(line: &str, platforms: &mut HashMap<String, Platform>) -> Option<Answer> {
    match serde_json::from_str::<Line>(line) {
        Ok(Line::Define(definition)) => {
            platforms.insert(definition.define, definition.platform);
            None
        }
        Ok(Line::Question(question)) => {
            Some(answer::answer(&question, platforms.get(&question.with)))
        }
        Err(error) => Some(Answer::broken(0, format!("line: {error}"))),
    }
}

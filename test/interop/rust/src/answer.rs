//! What dcap-qvl says.
use std::panic::{catch_unwind, AssertUnwindSafe};

use dcap_qvl::verify::{QuoteVerifier, VerifiedReport};
use serde::Serialize;

use crate::question::{Platform, Question};

#[derive(Serialize)]
pub struct Answer {
    id: u64,
    /// `genuine`, `rejected`, or `broken` where the library gave no verdict.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advisories: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub fn answer(question: &Question, platform: Option<&Platform>) -> Answer {
    let Some(platform) = platform else {
        return Answer::broken(
            question.id,
            format!("nothing is defined as {}", question.with),
        );
    };
    match catch_unwind(AssertUnwindSafe(|| verify(question, platform))) {
        Ok(Ok(report)) => Answer::genuine(question.id, report),
        Ok(Err(error)) => Answer::refused(question.id, "rejected", error),
        Err(_) => Answer::broken(question.id, "panic".into()),
    }
}

/// Debug and service TDs are allowed: whether they are wanted is a question of policy.
fn verify(question: &Question, platform: &Platform) -> Result<VerifiedReport, String> {
    QuoteVerifier::new(platform.root())
        .allow_debug(true)
        .allow_service_td(true)
        .verify(&question.quote, &platform.collateral(), question.now)
        .map_err(|error| format!("{error:#}"))
}

impl Answer {
    pub fn broken(id: u64, error: String) -> Self {
        Self::refused(id, "broken", error)
    }

    fn refused(id: u64, verdict: &'static str, error: String) -> Self {
        Answer {
            id,
            verdict,
            status: None,
            advisories: None,
            error: Some(error),
        }
    }

    fn genuine(id: u64, report: VerifiedReport) -> Self {
        let (status, advisories) = (Some(report.status), Some(report.advisory_ids));
        Answer {
            id,
            verdict: "genuine",
            status,
            advisories,
            error: None,
        }
    }
}

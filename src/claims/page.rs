//! All claims on one page.

use super::{Claim, ClaimVerdict};
use crate::table::number_for_people;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The claims of one study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StudyClaims {
    /// Name of the study.
    pub study: String,
    /// Its title.
    pub title: String,
    /// Time that it took, in seconds.
    pub seconds: f64,
    /// Its claims.
    pub claims: Vec<Claim>,
}

/// A page of Markdown with every claim, its equation and settings, verdict and time.
pub fn page(studies: &[StudyClaims]) -> String {
    let all = || studies.iter().flat_map(|study| &study.claims);
    let count = |verdict| all().filter(|claim| claim.verdict == verdict).count();
    let mut page = format!(
        "# Claims\n\n\
         Written by `onsager reproduce claims`, version {}. {} statements: {} agree, {} disagree, {} \
         not obtained; {:.0} s in all.\n\n\
         A mean agrees with a number if Student's two-sided p-value is at least {}, and a difference \
         that matters would have been noticed; with a bound, if the other side of it is refuted at \
         that level (p is the probability of the number if the statement is wrong). A computed number \
         has a bound of its error and no p. *Noticed*: a difference that would have been noticed nine times out \
         of ten.\n",
        env!("CARGO_PKG_VERSION"),
        all().count(),
        count(ClaimVerdict::Agrees),
        count(ClaimVerdict::Disagrees),
        count(ClaimVerdict::NotObtained),
        studies.iter().map(|study| study.seconds).sum::<f64>(),
        super::LEVEL,
    );
    for study in studies {
        page.push_str(&section(study));
    }
    page
}

fn section(study: &StudyClaims) -> String {
    let mut text = format!(
        "\n## {}\n\n`onsager reproduce {}`, {:.0} s\n\n\
         | claim | equation | statement | expected | obtained | ± | noticed | p | verdict |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        study.title, study.study, study.seconds
    );
    let number = |value: Option<f64>| value.map_or_else(|| "–".into(), number_for_people);
    let small = |value: Option<f64>| value.map_or_else(|| "–".into(), |e| format!("{e:.1e}"));
    for claim in &study.claims {
        let cells = [
            claim.name.clone(),
            claim.equation.clone(),
            claim.statement.clone(),
            claim.expectation(),
            number(claim.obtained),
            small(claim.error),
            small(claim.noticeable),
            claim
                .p_value
                .map_or_else(|| "–".into(), |p| format!("{p:.2e}")),
            format!("**{}**", claim.verdict),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    let notes = study.claims.iter().filter_map(|claim| {
        let note = claim.note.as_ref()?;
        Some(format!("\n- {} ({}): {note}", claim.name, claim.verdict))
    });
    let notes: String = notes.collect();
    if !notes.is_empty() {
        text.push_str(&notes);
        text.push('\n');
    }
    text
}

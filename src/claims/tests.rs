use super::*;

fn estimate(mean: f64, standard_error: f64, count: usize) -> Estimate {
    Estimate {
        mean,
        standard_error: Some(standard_error),
        count,
    }
}

fn statement() -> Statement {
    Statement::new("name", "equation", "what is said")
}

/// Quantiles of Student's law: t_0.9995(9) = 4.780913, t_0.999(9) = 4.296806 (R, `qt`).
#[test]
fn an_equality_needs_power_and_is_refuted_beyond_the_limit() {
    let at = |mean, resolution| {
        let claim = statement().equals(1.0);
        claim.measured(estimate(mean, 0.01, 10), resolution).verdict
    };
    assert_eq!(at(1.04780, 1.0), ClaimVerdict::Agrees);
    assert_eq!(at(1.04782, 1.0), ClaimVerdict::Disagrees);
    assert_eq!(at(1.0, 0.01), ClaimVerdict::NotObtained);
}

#[test]
fn a_bound_is_held_only_where_the_other_side_is_refuted() {
    let at = |mean| {
        let claim = statement()
            .below(1.0)
            .measured(estimate(mean, 0.01, 10), 0.0);
        claim.verdict
    };
    assert_eq!(at(0.95703), ClaimVerdict::Agrees);
    assert_eq!(at(0.95705), ClaimVerdict::NotObtained);
    assert_eq!(at(1.04295), ClaimVerdict::NotObtained);
    assert_eq!(at(1.04297), ClaimVerdict::Disagrees);
}

#[test]
fn a_computed_number_is_compared_within_its_error() {
    let equal = |value| statement().equals(1.0).computed(value, 0.1).verdict;
    assert_eq!(equal(1.099), ClaimVerdict::Agrees);
    assert_eq!(equal(1.101), ClaimVerdict::Disagrees);
    let above = |value| statement().above(1.0).computed(value, 0.1).verdict;
    assert_eq!(above(1.101), ClaimVerdict::Agrees);
    assert_eq!(above(1.0), ClaimVerdict::NotObtained);
    assert_eq!(above(0.899), ClaimVerdict::Disagrees);
    assert_eq!(equal(f64::NAN), ClaimVerdict::NotObtained);
}

#[test]
fn what_was_not_obtained_has_no_number() {
    let one = Estimate {
        mean: 1.0,
        standard_error: None,
        count: 1,
    };
    let claim = statement().equals(1.0).measured(one, 1.0);
    assert_eq!(claim.verdict, ClaimVerdict::NotObtained);
    assert_eq!(claim.obtained, None);
    let claim = statement().equals(1.0).not_obtained("no solution");
    assert_eq!(
        (claim.obtained, claim.note.as_deref()),
        (None, Some("no solution"))
    );
}

#[test]
fn what_is_true_instead_is_said_of_what_disagrees_alone() {
    let said = |value| {
        let claim = statement().equals(1.0).instead("it is 2");
        claim.computed(value, 1e-9).note
    };
    assert_eq!(said(2.0).as_deref(), Some("it is 2"));
    assert_eq!(said(1.0), None);
}

#[test]
fn claims_survive_the_metadata_of_a_table_and_are_shown_on_a_page() {
    let claim = statement().below(2.0).measured(estimate(1.0, 0.1, 50), 0.0);
    let text = serde_json::to_string(std::slice::from_ref(&claim)).unwrap();
    let table = Table {
        metadata: vec![(METADATA.into(), text)],
        ..Table::new("", [Column::new("x")])
    };
    let read = Table::read(&table.write()).unwrap();
    let found = Claim::of_table(&read, "x").unwrap();
    assert_eq!(found, std::slice::from_ref(&claim));
    let study = StudyClaims {
        study: "window".into(),
        title: "A window".into(),
        seconds: 1.2,
        claims: vec![claim],
    };
    let page = page(&[study]);
    assert!(page.contains("1 statements: 1 agree, 0 disagree, 0 not obtained"));
    assert!(
        page.contains("| name | equation | what is said | < 2"),
        "{page}"
    );
}

#[test]
fn a_slope_needs_points_on_a_line() {
    let at = |last: f64| {
        let points = [(0.0, 0.0, 0.1), (1.0, 1.0, 0.1), (2.0, last, 0.1)];
        statement()
            .equals(1.0)
            .slope(Line::through(&points), 30, 1.0)
    };
    assert_eq!(at(2.0).verdict, ClaimVerdict::Agrees);
    let bent = at(3.0);
    assert_eq!(
        (bent.verdict, bent.obtained),
        (ClaimVerdict::NotObtained, None)
    );
    let claim = statement().equals(0.0).slope(None, 30, 1.0);
    assert_eq!(claim.verdict, ClaimVerdict::NotObtained);
}

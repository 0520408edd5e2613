use super::solutions::nearest;
use super::*;
use crate::ensemble::Estimate;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::quantity::{Observable, Quantity};
use rand_distr::{Distribution, StandardNormal};

const ROWS: usize = 10;

fn stream(seed: u64) -> Stream {
    Streams::new(seed).stream(Purpose::Start, 0)
}

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// How the rows of one run depend on each other.
#[derive(Debug, Clone, Copy)]
enum Dependence {
    Independent,
    /// Equal correlation of all.
    Common(f64),
    /// `x_{j+1} = 0.8 x_j + noise`.
    Chain,
}

/// The ten numbers of one run, each of unit variance.
fn run(dependence: Dependence, stream: &mut Stream) -> Vec<f64> {
    let common = normal(stream);
    let mut last = normal(stream);
    let mut next = || {
        let own = normal(stream);
        match dependence {
            Dependence::Independent => own,
            Dependence::Common(rho) => rho.sqrt() * common + (1.0 - rho).sqrt() * own,
            Dependence::Chain => {
                last = 0.8 * last + 0.6 * own;
                last
            }
        }
    };
    (0..ROWS).map(|_| next()).collect()
}

/// Runs beside a theory that is wrong by `shifts` (in standard deviations of a run).
fn comparison(runs: &[Vec<f64>], shifts: &[f64]) -> Comparison {
    let row = |index: usize| {
        let values = runs.iter().map(|run| run[index] + shifts[index]).collect();
        let theory = Estimate {
            mean: 0.0,
            standard_error: None,
            count: 1,
        };
        Row::new(
            None,
            Observable::entry(Quantity::M, (0, index)),
            theory,
            values,
            1.0,
        )
        .expect("two runs")
    };
    Comparison {
        rows: (0..ROWS).map(row).collect(),
        instances: (0..runs.len() as u64).collect(),
        failed: 0,
        complete: true,
        endings: Vec::new(),
    }
}

/// Share of verdicts *disagrees* over repetitions.
fn share(
    instances: usize,
    dependence: Dependence,
    shifts: &[f64],
    level: f64,
    repetitions: usize,
) -> f64 {
    let mut stream = stream(instances as u64);
    let criteria = Criteria {
        level,
        ..Criteria::default()
    };
    let disagree = |_: &usize| {
        let runs: Vec<_> = (0..instances)
            .map(|_| run(dependence, &mut stream))
            .collect();
        comparison(&runs, shifts).judge(criteria).verdict == Verdict::Disagrees
    };
    (0..repetitions).filter(disagree).count() as f64 / repetitions as f64
}

#[test]
fn disagreements_with_a_right_theory_are_as_rare_as_the_level() {
    let repetitions = 2000;
    for level in [0.01, 0.05] {
        let deviation = (level * (1.0 - level) / repetitions as f64).sqrt();
        for instances in [3, 4, 8, 32] {
            for dependence in [
                Dependence::Independent,
                Dependence::Common(0.5),
                Dependence::Common(0.99),
                Dependence::Chain,
            ] {
                let found = share(instances, dependence, &[0.0; ROWS], level, repetitions);
                println!("{instances} instances, {dependence:?}, level {level}: {found}");
                // Groups add a tenth.
                let most = 1.1 * level + 3.5 * deviation;
                assert!(found <= most, "{instances} {dependence:?} {level}: {found}");
                // The level is used where the numbers are independent; equal numbers count twice at
                // most.
                let least = match dependence {
                    Dependence::Independent => level - 3.5 * deviation,
                    _ => 0.4 * level - 3.5 * deviation,
                };
                assert!(
                    found >= least,
                    "{instances} {dependence:?} {level}: {found}"
                );
            }
        }
    }
}

#[test]
fn a_shift_by_eight_standard_errors_is_noticed() {
    for instances in [8, 32] {
        for dependence in [Dependence::Independent, Dependence::Common(0.99)] {
            let mut shifts = [0.0; ROWS];
            shifts[3] = 8.0 / (instances as f64).sqrt();
            let found = share(instances, dependence, &shifts, 0.01, 500);
            println!("{instances} instances, {dependence:?}: {found}");
            assert!(found >= 0.9, "{instances} {dependence:?}: {found}");
        }
    }
    // Three instances notice several numbers that are far off, and one only beyond 32 standard
    // errors.
    let shift = |count: usize, errors: f64| {
        let mut shifts = [0.0; ROWS];
        shifts[..count].fill(errors / 3f64.sqrt());
        share(3, Dependence::Common(0.5), &shifts, 0.01, 500)
    };
    let (several, one) = (shift(5, 48.0), shift(1, 8.0));
    println!("3 instances: several {several}, one {one}");
    assert!(several >= 0.9, "{several}");
    assert!(one < 0.2, "{one}");
}

#[test]
fn a_noticeable_difference_is_noticed_nine_times_out_of_ten() {
    for instances in [3, 4, 8, 32] {
        let mut stream = stream(77);
        let unit = |error: f64| {
            let values = (0..instances).map(|run| run as f64).collect();
            let theory = Estimate {
                mean: 0.0,
                standard_error: None,
                count: 1,
            };
            let row = Row::new(None, Quantity::LogLikelihood.into(), theory, values, 1.0)
                .expect("two runs");
            row.noticeable(row.limit(0.001)) / row.standard_error() * error
        };
        let shift = unit(1.0 / (instances as f64).sqrt());
        let mut shifts = [0.0; ROWS];
        shifts[0] = shift;
        let repetitions = 1000;
        let noticed = (0..repetitions).filter(|_| {
            let dependence = Dependence::Independent;
            let runs: Vec<_> = (0..instances)
                .map(|_| run(dependence, &mut stream))
                .collect();
            comparison(&runs, &shifts).judge(Criteria::default()).rows[0].differs
        });
        let found = noticed.count() as f64 / f64::from(repetitions);
        println!("{instances} instances: {found}");
        assert!((0.87..=0.94).contains(&found), "{instances}: {found}");
    }
}

/// Student's quantiles at 1 − 0.01/10/2, from the tables of any statistics package (R: qt(0.9995, n
/// - 1)).
#[test]
fn limits_are_those_of_student() {
    let mut stream = stream(1);
    for (instances, limit) in [(3, 31.599), (8, 5.408), (32, 3.633)] {
        let runs: Vec<_> = (0..instances)
            .map(|_| run(Dependence::Independent, &mut stream))
            .collect();
        let judgement = comparison(&runs, &[0.0; ROWS]).judge(Criteria::default());
        for row in &judgement.rows {
            assert!((row.limit - limit).abs() < 1e-3, "{}", row.limit);
        }
    }
}

#[test]
fn agreement_needs_power() {
    let mut stream = stream(5);
    let mut verdict = |instances: usize, spread: f64| {
        let runs: Vec<Vec<f64>> = (0..instances)
            .map(|_| {
                let numbers = run(Dependence::Independent, &mut stream);
                numbers.into_iter().map(|x| x * spread).collect()
            })
            .collect();
        comparison(&runs, &[0.0; ROWS]).judge(Criteria::default())
    };
    assert_eq!(verdict(8, 0.03).verdict, Verdict::Agrees);
    assert!(verdict(8, 0.03).reasons.is_empty());
    for judgement in [verdict(3, 0.03), verdict(8, 0.3)] {
        assert_eq!(judgement.verdict, Verdict::TooFewInstances);
        let [Reason::Unresolved { noticeable, .. }] = judgement.reasons[..] else {
            panic!("{:?}", judgement.reasons);
        };
        assert!(noticeable > 0.2);
    }
    // Runs that failed, and a theory that ended, are no agreement whatever the numbers say.
    let runs = vec![vec![0.0; ROWS], vec![0.0; ROWS]];
    let exact = comparison(&runs, &[0.0; ROWS]);
    let verdict = |comparison: &Comparison| comparison.judge(Criteria::default()).verdict;
    assert_eq!(verdict(&exact), Verdict::TooFewInstances);
    let failed = Comparison {
        failed: 1,
        ..exact.clone()
    };
    assert_eq!(verdict(&failed), Verdict::Disagrees);
    let ended = Comparison {
        complete: false,
        ..exact
    };
    assert_eq!(verdict(&ended), Verdict::Disagrees);
}

/// Three runs whose ten numbers are all 25 standard errors off: p = 0.0016 each is within the limit
/// of one row among ten.
#[test]
fn numbers_that_are_off_together_disagree() {
    let runs = [-1.0, 0.0, 1.0].map(|x| vec![0.01 * (x + 25.0 / 3f64.sqrt()); ROWS]);
    let judgement = comparison(&runs, &[0.0; ROWS]).judge(Criteria::default());
    assert!(judgement.rows.iter().all(|row| !row.differs));
    assert_eq!(judgement.verdict, Verdict::Disagrees);
    assert_eq!(judgement.reasons, [Reason::Together]);
}

#[test]
fn runs_in_two_groups_are_told() {
    let mut stream = stream(6);
    let runs: Vec<Vec<f64>> = (0..8)
        .map(|index| {
            let mut numbers = run(Dependence::Independent, &mut stream);
            numbers.iter_mut().for_each(|x| *x *= 0.01);
            // As many runs on either side of the prediction: the mean agrees.
            numbers[4] += if index % 2 == 0 { 0.4 } else { -0.4 };
            numbers
        })
        .collect();
    let judgement = comparison(&runs, &[0.0; ROWS]).judge(Criteria::default());
    assert_eq!(judgement.verdict, Verdict::Disagrees);
    let [Reason::Groups(groups)] = &judgement.reasons[..] else {
        panic!("{:?}", judgement.reasons);
    };
    assert_eq!(groups.quantity, Observable::entry(Quantity::M, (0, 4)));
    assert_eq!(groups.low.instances, [1, 3, 5, 7]);
    assert_eq!(groups.high.instances, [0, 2, 4, 6]);
    assert!((groups.low.mean + 0.4).abs() < 0.02 && (groups.high.mean - 0.4).abs() < 0.02);
}

#[test]
fn normal_samples_split_as_rarely_as_the_p_value_says() {
    for count in [3, 5, 8, 16] {
        let mut stream = stream(40 + count);
        let repetitions = 20_000;
        let small = |_: &usize| {
            let values: Vec<f64> = (0..count).map(|_| 3.0 + normal(&mut stream)).collect();
            split(&values).expect("three values").p_value < 0.01
        };
        let found = (0..repetitions).filter(small).count() as f64 / repetitions as f64;
        println!("{count} values: {found}");
        assert!((0.007..=0.0125).contains(&found), "{count}: {found}");
    }
    assert_eq!(split(&[1.0, 2.0]), None);
    assert_eq!(split(&[1.0; 5]), None);
    let clean = split(&[0.21, 0.93, 0.932, 0.2, 0.931, 0.93, 0.929, 0.93]).expect("eight values");
    assert_eq!(clean.low, 2);
    assert!(clean.p_value < 1e-6, "{clean:?}");
}

#[test]
fn p_values_are_combined() {
    assert_eq!(joint_p_value(&[]), 1.0);
    // One small one: Bonferroni. Several equal ones: twice their own.
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
    close(joint_p_value(&[1e-6, 0.5, 0.5, 0.5]), 4e-6);
    close(joint_p_value(&[1e-4; 10]), 2e-4);
    // No number is lost, be it as small as it may, and one that fits perfectly does not outweigh
    // the others.
    close(joint_p_value(&[1e-200; 10]), 2e-200);
    assert_eq!(joint_p_value(&[0.0, 0.3]), 0.0);
    assert!(joint_p_value(&[1e-4, 1e-4, 1e-4, 1.0]) < 3e-4);
}

#[test]
fn runs_are_assigned_to_the_nearest_solution() {
    assert_eq!(nearest(&[1.0, 9.0]), Ending::Solution(1));
    assert_eq!(nearest(&[9.0, 8.0, 0.5]), Ending::Solution(3));
    assert_eq!(nearest(&[1.0, 2.0]), Ending::Undecided);
    assert_eq!(nearest(&[12.0, 30.0]), Ending::Elsewhere);
}

//! Tests of whole figures with maps of regions.

use super::heat::{colours, message, render};

const REGIONS: &str = r#"
    data = "map.csv"
    size = [109, 87]
    [[panel]]
    x = { label = "*t*", column = "t" }
    y = { label = "*s*", column = "s" }
    [[panel.series]]
    kind = "regions"
    category = "phase"
    categories = [
        { value = "stable", label = "a fixed point", color = "blue" },
        { value = "cycle", label = "a cycle", color = "orange", strength = 1.0 },
        { value = "chaos", label = "no period", color = "purple" },
    ]
"#;

const PHASES: &str =
    "t,s,phase\n0,0,stable\n1,0,cycle\n0,1,stable\n1,1,cycle\n2,0,stable\n2,1,stable\n";

#[test]
fn regions_have_colours_and_squares_in_the_legend() {
    let svg = render(REGIONS, PHASES).expect("a figure");
    // The legend has the categories that occur: no third one, and nothing hatched.
    let entries = ["a fixed point", "a cycle", "no period", "undetermined"];
    let found = entries.map(|label| svg.matches(&format!(">{label}<")).count());
    assert_eq!(found, [1, 1, 0, 0]);
    let pixels = colours(REGIONS, PHASES);
    let share = |colour: (u8, u8, u8)| {
        let count = pixels.iter().filter(|&&pixel| pixel == colour).count();
        count as f64 / pixels.len() as f64
    };
    let cycle = share((230, 159, 0));
    assert!((cycle - 1.0 / 3.0).abs() < 0.01, "{cycle}");
    assert!((share((128, 185, 217)) + cycle - 1.0).abs() < 1e-9);
    let svg = render(REGIONS, &PHASES.replace("2,0,stable", "2,0,")).expect("a figure");
    assert_eq!(svg.matches(">undetermined<").count(), 1);
}

#[test]
fn unknown_category_is_named() {
    let found = message(REGIONS, &PHASES.replace("0,1,stable", "0,1,Stable"));
    let expected = "panel 1, series 1 `phase`: row 3, column `phase` holds `Stable`, which `categories` does not list; \
                    it has stable, cycle, chaos";
    assert_eq!(found, expected);
}

#[test]
fn bad_categories_are_named() {
    for (from, to, expected) in [
        (
            "\"cycle\"",
            "\"stable\"",
            "categories is `stable` and `stable`",
        ),
        (
            "\"a cycle\"",
            "\"no period\"",
            "categories is `cycle` and `chaos`",
        ),
        (
            "\"purple\"",
            "\"blue\"",
            "categories is `stable` and `chaos`",
        ),
        ("\"cycle\"", "\"\"", "categories is empty in one"),
        ("1.0", "0.0", "strength of `cycle` is 0"),
        ("\"purple\"", "\"mauve\"", "unknown variant `mauve`"),
        ("strength", "alpha", "unknown field `alpha`"),
    ] {
        let found = message(&REGIONS.replace(from, to), PHASES);
        assert!(found.contains(expected), "{found}");
    }
}

//! Where definitions are found, and files that are none.

use super::*;

const COIN: &str = r#"kind = "prior"
title = "A coin of a folder"
source = "a test"
atoms = [-2, 0.5]
weights = [0.2, 0.8]
"#;

fn title(catalogue: &Catalogue, name: &str) -> String {
    catalogue.prior(name, "hidden").expect(name).title
}

#[test]
fn a_folder_stands_before_the_built_in_files() {
    let folder = folder(&[
        ("coin.toml", COIN),
        ("priors/rademacher.toml", COIN),
        ("priors/notes.txt", "no definition"),
    ]);
    let catalogue = Catalogue::new(Some(folder.path())).expect("a folder");
    assert_eq!(title(&catalogue, "coin"), "A coin of a folder");
    assert_eq!(title(&catalogue, "rademacher"), "A coin of a folder");
    assert!(title(&catalogue, "ternary").starts_with("Ternary"));
    assert!(title(&Catalogue::default(), "rademacher").starts_with("Rademacher"));
    let names = catalogue.names().expect("readable");
    assert_eq!(names[..2], ["coin", "rademacher"]);
    assert_eq!(names.iter().filter(|name| *name == "rademacher").count(), 1);
    assert_eq!(names.len(), BUILT_IN.len() + 1);
    // A potential of the user's may use a prior of the same folder.
    let error = catalogue
        .prior("coyn", "hidden")
        .expect_err("no such prior");
    assert_invalid(&error, "hidden", "did you mean \"coin\"?");
}

#[test]
fn folders_that_do_not_exist() {
    let missing = PathBuf::from("/nonexistent/definitions");
    let error = Catalogue::new(Some(&missing)).expect_err("no folder");
    assert!(matches!(error, Error::File { .. }), "{error}");
    assert!(error.to_string().contains("is not a folder of definitions"));
    assert_eq!(
        Catalogue::new(None).expect("built in"),
        Catalogue::default()
    );
}

#[test]
fn paths_of_files() {
    let folder = folder(&[
        ("coin.toml", COIN),
        ("big.toml", &format!("{COIN}# {}\n", "x".repeat(2 << 20))),
        ("folder.toml/coin.toml", COIN),
        ("with (parentheses).toml", COIN),
    ]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let read = |name: &str| Catalogue::default().prior(&path(name), "hidden");
    assert_eq!(
        read("coin.toml").expect("valid").title,
        "A coin of a folder"
    );
    assert_eq!(
        read("with (parentheses).toml").expect("valid").title,
        "A coin of a folder"
    );
    for (name, word) in [("big.toml", "1 MiB"), ("folder.toml", "regular file")] {
        let error = read(name).expect_err(name).to_string();
        assert!(error.starts_with(&path(name)), "{error}");
        assert!(error.contains(word), "{error}");
    }
    let error = read("none.toml").expect_err("missing");
    assert!(matches!(error, Error::File { .. }), "{error}");
    std::fs::write(folder.path().join("latin.toml"), b"title = \"\xe9\"").expect("writable");
    let error = read("latin.toml").expect_err("not Unicode");
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[test]
fn kinds_are_not_mixed_up() {
    let folder = folder(&[
        ("coin.toml", COIN),
        ("wave.toml", &with(COIN, "\"prior\"", "\"potential\"")),
    ]);
    let catalogue = Catalogue::new(Some(folder.path())).expect("a folder");
    let error = catalogue
        .potential("coin", &Settings::new())
        .expect_err("a prior");
    assert_invalid(&error, "definition", "is a prior: name it with --hidden");
    let error = catalogue.prior("wave", "signal").expect_err("a potential");
    assert_invalid(&error, "signal", "is a potential: a prior is needed here");
    assert!(matches!(
        catalogue.definition("coin(x=1)"),
        Err(Error::InvalidInput { .. })
    ));
    assert!(matches!(
        catalogue.definition("coin"),
        Ok(Definition::Prior(_))
    ));
    assert!(matches!(
        catalogue.definition("sk"),
        Ok(Definition::Potential(_))
    ));
}

/// `definition` takes both kinds: its error lists and suggests both.
#[test]
fn definitions_of_either_kind_are_suggested() {
    for (request, near) in [
        ("rademachr", "rademacher"),
        ("spiked-covarianc", "spiked-covariance"),
    ] {
        let error = Catalogue::default().definition(request).expect_err(request);
        assert_invalid(&error, "definition", &format!("did you mean \"{near}\"?"));
        assert_invalid(&error, "definition", "laplace");
        assert_invalid(&error, "definition", "gaussian-rbm");
    }
}

#[test]
fn domains() {
    for (text, inside, outside) in [
        ("[0, 1]", vec![0.0, 0.5, 1.0], vec![-1e-300, 1.5]),
        ("(0, 1)", vec![1e-300, 0.999], vec![0.0, 1.0]),
        (" (0, 1)", vec![], vec![]),
        (
            "(-inf, inf)",
            vec![-1e300, 0.0, 1e300],
            vec![f64::INFINITY, f64::NAN],
        ),
        (
            "[-1.5e0, +inf]",
            vec![-1.5, 1e300],
            vec![-1.6, f64::INFINITY],
        ),
    ] {
        let domain = Domain::parse(text);
        if inside.is_empty() {
            assert_eq!(domain, None, "{text}");
            continue;
        }
        let domain = domain.expect(text);
        assert!(inside.iter().all(|value| domain.contains(*value)), "{text}");
        assert!(
            !outside.iter().any(|value| domain.contains(*value)),
            "{text}"
        );
    }
    for text in [
        "",
        "(",
        "()",
        "[1]",
        "(0, 1, 2)",
        "(0 1)",
        "(inf, -inf)",
        "(nan, 1)",
        "∞",
        "(0, ∞)",
    ] {
        assert_eq!(Domain::parse(text), None, "{text}");
    }
}

mod garbage {
    use super::super::*;
    use proptest::prelude::*;

    fn anything(text: String) -> SourceFile {
        SourceFile {
            origin: "garbage".into(),
            text,
        }
    }

    fn read_as_anything(text: String) {
        let file = anything(text);
        let catalogue = Catalogue::default();
        let results = [
            PriorDefinition::read(&file, "garbage", &Settings::new()).map(drop),
            PotentialDefinition::read(&catalogue, &file, "garbage", &Settings::new()).map(drop),
        ];
        for error in results.into_iter().filter_map(Result::err) {
            assert!(!error.to_string().is_empty());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever a file holds, reading it ends in a definition or an error.
        #[test]
        fn files_of_garbage(text in any::<String>()) {
            read_as_anything(text);
        }

        /// The same for built-in files with one part replaced by garbage.
        #[test]
        fn built_in_files_with_a_scratch(
            which in 0..BUILT_IN.len(),
            from in 0.0..1.0f64,
            length in 0..12usize,
            garbage in prop_oneof![any::<String>(), "[-+*/^()=~\\[\\]{}\"',.0-9a-z_ \n]{0,6}"],
        ) {
            let text = BUILT_IN[which].2;
            let characters: Vec<char> = text.chars().collect();
            let start = (from * characters.len() as f64) as usize;
            let end = (start + length).min(characters.len());
            let scratched: String = characters[..start]
                .iter()
                .copied()
                .chain(garbage.chars())
                .chain(characters[end..].iter().copied())
                .collect();
            read_as_anything(scratched);
        }

        /// The same for names; no such definition exists, but for a file of that name.
        #[test]
        fn names_of_garbage(name in "[^./]{0,12}(\\([^/]{0,8}\\)?)?") {
            let catalogue = Catalogue::default();
            let _ = catalogue.prior(&name, "hidden");
            let _ = catalogue.definition(&name);
            let _ = Domain::parse(&name);
        }
    }
}

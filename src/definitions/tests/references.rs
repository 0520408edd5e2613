//! Every source is in the bibliography, and everything in the bibliography is a source.

use super::*;
use std::collections::BTreeSet;

/// Every key that a built-in definition cites.
fn cited() -> BTreeSet<String> {
    let catalogue = Catalogue::default();
    let names = catalogue.names().expect("readable");
    let sources = names.iter().map(|name| match catalogue.definition(name) {
        Ok(Definition::Prior(prior)) => prior.source,
        Ok(Definition::Potential(potential)) => potential.source,
        Err(error) => panic!("{name}: {error}"),
    });
    let keys = sources.flat_map(|source| {
        assert!(!source.citations().is_empty(), "{source} cites nothing");
        let citations = source.citations().to_vec();
        citations.into_iter().map(|citation| {
            assert!(!citation.at.is_empty(), "{} without a place", citation.cite);
            citation.cite
        })
    });
    keys.collect()
}

#[test]
fn every_citation_is_in_the_bibliography() {
    for key in cited() {
        let found = entry(&key).unwrap_or_else(|| panic!("references.bib has no {key}"));
        assert!(
            found.text.starts_with('@') && found.text.ends_with("\n}"),
            "{key}"
        );
        for field in ["title", "author", "year"] {
            assert!(
                found.text.contains(&format!("\n  {field} ")),
                "{key} has no {field}"
            );
        }
    }
    assert_eq!(entry("nobody1900"), None);
}

#[test]
fn every_entry_of_the_bibliography_is_cited() {
    let root = env!("CARGO_MANIFEST_DIR");
    let prose: String = ["README.md", "equations/README.md", "equations/theory.md"]
        .iter()
        .map(|path| std::fs::read_to_string(format!("{root}/{path}")).expect("readable"))
        .collect();
    let cited = cited();
    let entries = bibliography();
    for Entry { key, .. } in &entries {
        assert!(
            cited.contains(*key) || prose.contains(key),
            "{key} is cited nowhere"
        );
    }
    let keys: BTreeSet<&str> = entries.iter().map(|entry| entry.key).collect();
    assert_eq!(keys.len(), entries.len(), "keys are unique");
    // None was lost in taking the file apart.
    assert_eq!(entries.len(), BIBLIOGRAPHY.matches("\n@").count() + 1);
}

#[test]
fn sources_are_printed_as_key_and_place() {
    let citation = |cite: &str, at: &str| Citation {
        cite: cite.into(),
        at: at.into(),
    };
    let one = citation("baik2005", "Theorem 1.1");
    assert_eq!(
        Source::Cited(one.clone()).to_string(),
        "baik2005, Theorem 1.1"
    );
    let several = Source::Several(vec![one, citation("xu2025", "Section 2")]);
    assert_eq!(
        several.to_string(),
        "baik2005, Theorem 1.1; xu2025, Section 2"
    );
    assert_eq!(
        Source::Words("this example".into()).to_string(),
        "this example"
    );
}

//! Every command in README.md and docs/ is run, and gives what the page shows.
//!
//! - A block ```` ```text ```` whose first line is `$ onsager …` is a command with its output. A line `…` stands
//!   for any number of lines that are left out; a line that ends in ` …` needs only to begin with what
//!   stands before. Numbers agree to six digits; what is below 1e-9 is rounding.
//! - A block ```` ```toml ```` whose first line is `# NAME.toml` is a file of that name; what follows the name
//!   behind a colon is run.
//! - Commands in ```` ```sh ```` blocks and in the text are parsed: flags exist, values can be read.
//! - `<!-- slow -->` before a block: it is run where `ONSAGER_SLOW` is set, by `.ci/pages`.
//!
//! Blocks in Rust are doc tests of the library, those in Python are run by `tests/python`.

mod binary;

use binary::onsager;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A fenced block of a page.
struct Block {
    /// Line of the page on which it begins.
    line: usize,
    language: String,
    text: String,
    slow: bool,
}

struct Page {
    blocks: Vec<Block>,
    /// Lines outside of blocks, with their numbers.
    prose: Vec<(usize, String)>,
}

impl Page {
    fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).expect("readable");
        let mut page = Self {
            blocks: Vec::new(),
            prose: Vec::new(),
        };
        let mut open: Option<Block> = None;
        let mut slow = false;
        for (place, line) in text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (Some(_), Some(_)) => {
                    page.blocks.extend(open.take());
                    slow = false;
                }
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, Some(language)) => {
                    open = Some(Block {
                        line: place + 1,
                        language: language.to_owned(),
                        text: String::new(),
                        slow,
                    });
                }
                (None, None) => {
                    slow |= line.trim() == "<!-- slow -->";
                    page.prose.push((place + 1, line.to_owned()));
                }
            }
        }
        assert!(open.is_none(), "{name}: a block is not closed");
        page
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the pages of docs/.
fn names() -> Vec<String> {
    let folder = fs::read_dir(root().join("docs")).expect("docs/");
    let mut names: Vec<String> = folder
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    names.push("README.md".into());
    names.sort();
    names
}

/// Words of a command as a shell reads them; nothing behind a comment, a pipe or a redirection.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(own), _) if own == c => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#' | '|' | '>' | '&' | ';') if word.is_none() => return words,
            (None, ';') => break,
            (None, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether what a page shows agrees with what the command wrote.
fn agrees(shown: &[&str], written: &[&str]) -> Result<(), String> {
    let Some((first, rest)) = shown.split_first() else {
        return match written.iter().find(|line| !line.trim().is_empty()) {
            None => Ok(()),
            Some(line) => Err(format!("the page lacks: {line}")),
        };
    };
    if first.trim() == "…" {
        let found = (0..=written.len()).find(|from| agrees(rest, &written[*from..]).is_ok());
        return match (found, rest.first()) {
            (Some(_), _) => Ok(()),
            (None, None) => Ok(()),
            (None, Some(next)) => {
                // The best reason: from the first line that fits.
                let from = written.iter().position(|line| same(next, line));
                match from {
                    Some(from) => agrees(rest, &written[from..]),
                    None => Err(format!("nothing agrees with: {next}")),
                }
            }
        };
    }
    match written.split_first() {
        Some((line, others)) if same(first, line) => agrees(rest, others),
        Some((line, _)) => Err(format!(
            "the page has\n    {first}\nthe command wrote\n    {line}"
        )),
        None if first.trim().is_empty() => agrees(rest, written),
        None => Err(format!("the command did not write: {first}")),
    }
}

/// Two lines word by word.
fn same(shown: &str, written: &str) -> bool {
    let (shown, cut) = match shown.strip_suffix(" …") {
        Some(beginning) => (beginning, true),
        None => (shown, false),
    };
    let (mut own, mut other) = (shown.split_whitespace(), written.split_whitespace());
    loop {
        match (own.next(), other.next()) {
            (None, None) => return true,
            (None, Some(_)) => return cut,
            (Some(_), None) => return false,
            (Some(own), Some(other)) if same_word(own, other) => {}
            _ => return false,
        }
    }
}

fn same_word(own: &str, other: &str) -> bool {
    let rule = |word: &str| word.chars().all(|c| c == '─');
    if own == other || (rule(own) && rule(other)) {
        return true;
    }
    let number = |word: &str| {
        let bare = word.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '%'));
        bare.parse::<f64>().ok()
    };
    match (number(own), number(other)) {
        (Some(a), Some(b)) => {
            let size = a.abs().max(b.abs());
            (a - b).abs() <= 1e-6 * size || size < 1e-9
        }
        _ => false,
    }
}

/// A folder in which the commands of a page find what they name.
fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["figures", "tests", "equations"] {
        symlink(root().join(name), folder.path().join(name)).expect("a link");
    }
    folder
}

/// Runs a command; its standard output, unless it was refused.
fn run(folder: &Path, words: &[String]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onsager"));
    let output = command.args(&words[1..]).current_dir(folder).output();
    let output = output.expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    match output.status.code() {
        Some(0 | 1 | 3) => Ok(text),
        status => {
            let error = String::from_utf8_lossy(&output.stderr);
            Err(format!("exit status {status:?}: {error}"))
        }
    }
}

fn check(name: &str) -> Vec<String> {
    let page = Page::read(name);
    let folder = scratch();
    let slow = std::env::var_os("ONSAGER_SLOW").is_some();
    let mut wrong = Vec::new();
    for block in &page.blocks {
        let result = match block.language.as_str() {
            _ if block.slow && !slow && block.language != "toml" => Ok(()),
            "text" => check_output(folder.path(), block),
            "toml" => check_file(folder.path(), block, slow),
            "sh" => check_script(block),
            _ => Ok(()),
        };
        if let Err(reason) = result {
            wrong.push(format!("{name}:{}: {reason}", block.line));
        }
    }
    for (line, text) in &page.prose {
        for code in text.split('`').skip(1).step_by(2) {
            let whole = code.starts_with("onsager ") && !code.contains('…');
            if whole && let Err(reason) = parses(code) {
                wrong.push(format!("{name}:{line}: {code}: {reason}"));
            }
        }
    }
    wrong
}

fn check_output(folder: &Path, block: &Block) -> Result<(), String> {
    let Some(rest) = block.text.strip_prefix("$ ") else {
        return Ok(());
    };
    let (command, shown) = rest.split_once('\n').unwrap_or((rest, ""));
    let words = words(command);
    if words.first().is_none_or(|word| word != "onsager") {
        return Ok(());
    }
    let written = run(folder, &words)?;
    let shown: Vec<&str> = shown.lines().collect();
    let written: Vec<&str> = written.lines().collect();
    agrees(&shown, &written).map_err(|reason| format!("{command}\n{reason}"))
}

fn check_file(folder: &Path, block: &Block, slow: bool) -> Result<(), String> {
    let first = block
        .text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# "));
    let Some(first) = first else { return Ok(()) };
    let (name, command) = match first.split_once(": ") {
        Some((name, command)) => (name, Some(command)),
        None => (first, None),
    };
    if !name.ends_with(".toml") || name.contains(' ') {
        return Ok(());
    }
    fs::write(folder.join(name), &block.text).expect("writable");
    match command.filter(|_| slow || !block.slow) {
        Some(command) => run(folder, &words(command)).map(drop),
        None => Ok(()),
    }
}

fn check_script(block: &Block) -> Result<(), String> {
    let text = block.text.replace("\\\n", " ");
    for line in text.lines() {
        if line.starts_with("onsager ") && !line.contains('…') && !line.contains('$') {
            parses(line).map_err(|reason| format!("{line}: {reason}"))?;
        }
    }
    Ok(())
}

/// Whether flags and values are read: with `--help` behind them nothing is run.
fn parses(command: &str) -> Result<(), String> {
    let mut words = words(command);
    words.push("--help".into());
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let output = onsager(&arguments);
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn pages_show_what_commands_write() {
    let names = names();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(|| check(name)))
            .collect();
        all.into_iter()
            .flat_map(|one| one.join().expect("a page is read"))
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_command_has_an_example_that_parses() {
    let help = String::from_utf8(onsager(&["--help"]).stdout).expect("UTF-8");
    let (_, commands) = help.split_once("Commands:\n").expect("a list");
    let (commands, _) = commands.split_once("\n\n").expect("its end");
    let mut count = 0;
    for line in commands.lines() {
        let indented = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
        let Some(name) = indented.and_then(|rest| rest.split(' ').next()) else {
            continue;
        };
        if name == "help" {
            continue;
        }
        let text = String::from_utf8(onsager(&[name, "--help"]).stdout).expect("UTF-8");
        let (_, examples) = text
            .split_once("Example")
            .unwrap_or_else(|| panic!("{name}"));
        for example in examples
            .lines()
            .filter_map(|line| line.strip_prefix("  onsager "))
        {
            assert!(example.starts_with(name), "{name}: {example}");
            parses(&format!("onsager {example}")).unwrap_or_else(|why| panic!("{example}: {why}"));
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn links_lead_somewhere() {
    let mut linked = BTreeSet::new();
    for name in names() {
        let from = root().join(&name);
        let folder = from.parent().expect("a folder");
        for (line, text) in Page::read(&name).prose {
            for target in text
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
            {
                let (path, heading) = match target.split_once('#') {
                    Some((path, heading)) => (path, Some(heading)),
                    None => (target, None),
                };
                if path.contains("://") || path.starts_with("mailto:") {
                    continue;
                }
                let to = match path {
                    "" => from.clone(),
                    _ => folder.join(path),
                };
                assert!(to.exists(), "{name}:{line}: {target}");
                let to = to.canonicalize().expect("a path");
                if let Some(heading) = heading.filter(|_| to.extension() == Some("md".as_ref())) {
                    assert!(has_heading(&to, heading), "{name}:{line}: {target}");
                }
                linked.insert(to);
            }
        }
    }
    // The pages can be found from another one.
    for name in names()
        .iter()
        .filter(|name| *name != "README.md" && !name.ends_with("SUMMARY.md"))
    {
        let path: PathBuf = root().join(name).canonicalize().expect("a path");
        assert!(linked.contains(&path), "no page links {name}");
    }
}

/// Whether a page has a heading with this anchor, as GitHub and mdBook make them.
fn has_heading(page: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(page).expect("readable");
    let mut headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    headings.any(|heading| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c })
            .collect::<String>()
            == anchor
    })
}

#[test]
fn the_rules_of_pages_are_kept() {
    assert_eq!(
        words("onsager solve --signal \"a b\" # c | d"),
        ["onsager", "solve", "--signal", "a b"]
    );
    assert!(agrees(&["a 1.0000001 …", "…", "e"], &["a 1 2 3", "b", "c", "e"]).is_ok());
    assert!(agrees(&["a 1"], &["a 1.1"]).is_err());
    assert!(agrees(&["a 1"], &["a 1 2"]).is_err());
    assert!(agrees(&["a", "…", "e"], &["a", "b"]).is_err());
    assert!(agrees(&["a"], &["a", "b"]).is_err());
    assert!(same_word("1.38e-15", "2e-16") && !same_word("1e-3", "2e-3"));
}

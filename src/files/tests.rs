//! Files of a run.

use super::ledger::{Access, Ledger};
use super::{Role, create, discard, keep, part_of, read_text, replace};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// Link, hard link and detour are the same file as what they lead to, and so is a file that does
/// not exist yet under two names.
#[test]
fn a_written_file_has_no_other_use() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("p.toml"), "text").unwrap();
    fs::hard_link(at("p.toml"), at("hard.toml")).unwrap();
    fs::create_dir(at("sub")).unwrap();
    let mut others = vec![at("p.toml"), at("hard.toml"), at("sub/../p.toml")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("p.toml"), at("link.toml")).unwrap();
        others.push(at("link.toml"));
    }
    for other in &others {
        let mut ledger = Ledger::default();
        ledger
            .claim(&at("p.toml"), Role::Definition, Access::Read)
            .unwrap();
        ledger
            .claim(other, Role::Definition, Access::Read)
            .expect("reading twice");
        let error = ledger.claim(other, Role::Reply, Access::Write);
        let error = error.expect_err("an input").to_string();
        assert!(
            error.contains("is the definition that this run reads"),
            "{error}"
        );
    }
    let mut ledger = Ledger::default();
    ledger
        .claim(&at("new.csv"), Role::Table, Access::Write)
        .unwrap();
    let twice = ledger.claim(&at("sub/../new.csv"), Role::Reply, Access::Write);
    assert!(twice.is_err());
    let read = ledger.claim(&at("new.csv"), Role::Definition, Access::Read);
    assert!(read.is_err());
    ledger.claim(&at("r"), Role::Record, Access::Write).unwrap();
    ledger
        .claim(&at("r"), Role::Record, Access::Write)
        .expect("a record is opened again");
}

#[test]
fn nothing_but_regular_files_of_their_size_is_read() {
    let folder = tempdir().unwrap();
    let large = folder.path().join("large.toml");
    fs::write(&large, vec![b' '; (1 << 20) + 1]).unwrap();
    let error = read_text(&large, Role::Definition).expect_err("too large");
    assert!(error.to_string().contains("1 MiB"), "{error}");
    assert!(read_text(folder.path(), Role::Definition).is_err());
    fs::write(&large, b"\xff").unwrap();
    assert!(read_text(&large, Role::Definition).is_err());
    #[cfg(target_os = "linux")]
    for device in ["/dev/zero", "/dev/null"] {
        let error = read_text(Path::new(device), Role::Record).expect_err(device);
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn replacing_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempdir().unwrap();
    let (path, link) = (folder.path().join("a"), folder.path().join("link"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    create(&path, b"one").unwrap();
    assert!(create(&path, b"two").is_err());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&path, &link).unwrap();
    replace(&link, b"three").unwrap();
    assert!(link.is_symlink());
    assert_eq!(
        (fs::read(&path).unwrap(), mode(&path)),
        (b"three".to_vec(), 0o600)
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let error = replace(&path, b"four").expect_err("protected");
    assert!(error.to_string().contains("write-protected"), "{error}");
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nothing"), &dangling).unwrap();
    assert!(replace(&dangling, b"five").is_err());
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 3, "nothing is left behind");
}

/// What a run that was killed has left of a file is written over, and goes with it.
#[test]
fn a_part_that_was_left_is_taken_over() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a");
    let count = || fs::read_dir(folder.path()).unwrap().count();
    for exists in [false, true] {
        fs::write(part_of(&path), vec![7; 1000]).unwrap();
        keep(&path, b"whole").unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), count()),
            (b"whole".to_vec(), 1),
            "{exists}"
        );
    }
    fs::write(part_of(&path), b"half").unwrap();
    discard(&path).unwrap();
    assert_eq!(count(), 0);
    fs::write(part_of(&path), b"half").unwrap();
    discard(&path).unwrap();
    assert_eq!(count(), 0, "killed before the first was complete");
    fs::create_dir(part_of(&path)).unwrap();
    let error = keep(&path, b"whole").expect_err("a folder in the way");
    assert!(error.to_string().contains("a.part"), "{error}");
    assert!(!path.exists());
}

#[cfg(unix)]
#[test]
fn what_a_part_points_to_stays() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("other"), b"other").unwrap();
    fs::write(at("a"), b"old").unwrap();
    fs::set_permissions(at("a"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink(at("other"), part_of(&at("a"))).unwrap();
    symlink(at("a"), at("link")).unwrap();
    keep(&at("link"), b"new").unwrap();
    assert_eq!(fs::read(at("a")).unwrap(), b"new");
    assert_eq!(fs::read(at("other")).unwrap(), b"other");
    assert!(at("link").is_symlink() && !at("a").is_symlink());
    let mode = fs::metadata(at("a")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(part_of(&at("a")), b"half").unwrap();
    discard(&at("link")).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "a, other");
}
